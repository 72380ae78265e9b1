import { describe, expect, test } from "bun:test";

import { load } from "./load-support.ts";

describe("compatibility fixes", () => {
  const FIX = "qwen-tagged-tool-call-rewrite";

  test("are named for the default, for a provider and for a route", () => {
    const toml = `default_fixes = ["${FIX}"]\n[providers.groq]\nfixes = ["${FIX}"]\n[[routes]]\nmodel = "m"\nupstream = "groq"\nfixes = []`;
    const { configuration } = load({ toml });
    expect(configuration.defaultFixes).toEqual([FIX]);
    expect(configuration.values.providers["groq"]?.fixes).toEqual([FIX]);
    expect(configuration.routes[0]?.fixes).toEqual([]);
    expect(load({}).configuration.defaultFixes).toEqual([]);
  });

  test("an unknown one is refused wherever it stands, with the nearest", () => {
    const near = `not "qwen-taged-tool-call-rewrite" (did you mean "${FIX}"?)`;
    const toml = `default_fixes = ["qwen-taged-tool-call-rewrite"]\n[providers.groq]\nfixes = ["qwen-taged-tool-call-rewrite"]\n[[routes]]\nmodel = "m"\nupstream = "groq"\nfixes = ["qwen-taged-tool-call-rewrite"]`;
    expect(() => load({ toml })).toThrow(`default_fixes must name compatibility fixes, ${near}`);
    expect(() => load({ toml })).toThrow(`providers.groq.fixes must name compatibility fixes, ${near}`);
    expect(() => load({ toml })).toThrow(`config.toml:7: routes[0].fixes must name compatibility fixes, ${near}`);
    const models = JSON.stringify({ default_fixes: ["qwen-taged-tool-call-rewrite"] });
    expect(() => load({ environment: { LLM_OBSERVE_MODELS_JSON: models } })).toThrow(
      `default_fixes must name compatibility fixes, ${near}`,
    );
    expect(() => load({ environment: { LLM_OBSERVE_DEFAULT_FIXES_JSON: '["x"]' } })).toThrow("default_fixes must name");
  });

  test("one named twice is refused", () => {
    expect(() => load({ toml: `default_fixes = ["${FIX}", "${FIX}"]` })).toThrow(`must not name ${FIX} twice`);
  });

  test("those of a models file win over the setting, also when it names none", () => {
    const environment = {
      LLM_OBSERVE_DEFAULT_FIXES_JSON: `["${FIX}"]`,
      LLM_OBSERVE_MODELS_JSON: '{"default_fixes":[],"model_routes":[]}',
    };
    expect(load({ environment }).configuration.defaultFixes).toEqual([]);
  });
});
