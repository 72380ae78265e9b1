/** @module A counter that goes up when something happened, but not more often than it should. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** `bump` may be called as often as one likes; `tick` changes at most once per `everyMs`, and waits while the page is hidden. */
export function useTick(everyMs: number): { readonly tick: number; readonly bump: () => void } {
  const [tick, setTick] = useState(0);
  const state = useRef<{ last: number; timer: ReturnType<typeof setTimeout> | undefined; missed: boolean }>({
    last: 0,
    timer: undefined,
    missed: false,
  });

  const bump = useCallback(() => {
    const now = state.current;
    if (document.hidden) {
      now.missed = true;
      return;
    }
    now.timer ??= setTimeout(
      () => {
        now.timer = undefined;
        now.last = Date.now();
        setTick((count) => count + 1);
      },
      Math.max(150, now.last + everyMs - Date.now()),
    );
  }, [everyMs]);

  useEffect(() => {
    const onShow = (): void => {
      if (document.hidden || !state.current.missed) return;
      state.current.missed = false;
      bump();
    };
    document.addEventListener("visibilitychange", onShow);
    return () => {
      document.removeEventListener("visibilitychange", onShow);
      clearTimeout(state.current.timer);
    };
  }, [bump]);

  return { tick, bump };
}
