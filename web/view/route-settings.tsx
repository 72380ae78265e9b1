/** @module Where requests go: see and change model routes, try one, set the defaults, see and change upstreams, reset their breakers. */

import type { FixFacts, RouteFacts, SettingFacts, UpstreamFacts } from "../../src/domain/routing-facts.ts";
import { DefaultRoutes } from "../part/default-routes.tsx";
import { RouteDefaults } from "../part/route-defaults.tsx";
import { RouteList } from "../part/route-list.tsx";
import { RouteSimulator } from "../part/route-simulator.tsx";
import { ErrorNote, Skeleton } from "../part/state.tsx";
import { UpstreamList } from "../part/upstream-list.tsx";
import { useResource } from "../resource.ts";

export function RouteSettings() {
  const upstreams = useResource<{ readonly upstreams: readonly UpstreamFacts[] }>("/admin/api/upstreams");
  const routes = useResource<{ readonly routes: readonly RouteFacts[]; readonly fixes: readonly FixFacts[] }>(
    "/admin/api/routes",
  );
  const settings = useResource<{ readonly settings: readonly SettingFacts[] }>("/admin/api/settings");
  const reload = (): void => {
    upstreams.reload();
    routes.reload();
    settings.reload();
  };
  const error = upstreams.error ?? routes.error ?? settings.error;
  if (upstreams.data === undefined || routes.data === undefined || settings.data === undefined) {
    return error === undefined ? <Skeleton lines={8} /> : <ErrorNote message={error} onRetry={reload} />;
  }
  const known = upstreams.data.upstreams.filter((upstream) => upstream.in_use).map(({ id }) => id);
  known.sort();
  return (
    <>
      {error !== undefined && <ErrorNote message={error} onRetry={reload} />}
      <datalist id="upstream-ids">
        {known.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <RouteList routes={routes.data.routes} fixes={routes.data.fixes} onChange={reload} />
      <div class="columns even">
        <RouteSimulator />
        <RouteDefaults settings={settings.data.settings} fixes={routes.data.fixes} onChange={reload} />
      </div>
      <DefaultRoutes onChange={reload} />
      <UpstreamList upstreams={upstreams.data.upstreams} onChange={reload} />
    </>
  );
}
