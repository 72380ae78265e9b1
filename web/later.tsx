/** @module Views that are fetched when they are first shown, so that the first page stays small. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorNote, Skeleton } from "./part/state.tsx";

type Found = { readonly View: ComponentType } | "failed" | undefined;

/** A view in a file of its own; what was fetched once is there at once. */
export function later(load: () => Promise<ComponentType>): ComponentType {
  let known: Found;
  return function Later() {
    const [found, setFound] = useState<Found>(known);
    useEffect(() => {
      if (found !== undefined) return;
      load().then(
        (View) => setFound((known = { View })),
        () => setFound("failed"),
      );
    }, [found]);
    if (found === undefined) return <Skeleton lines={8} />;
    // Another version answers by now, or none: only a new page knows its files.
    if (found === "failed") {
      return <ErrorNote message="This page could not be loaded." onRetry={() => location.reload()} />;
    }
    return <found.View />;
  };
}
