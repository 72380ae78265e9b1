/** @module Markup where no markup belongs: model name, prompt and answer that a careless page would run. */

import type { Scenario } from "../script.ts";

export const HOSTILE_NAMES: Scenario = {
  id: "hostile-names",
  client: "openai-sdk",
  model: "<b>x</b>",
  streaming: true,
  system: 'Repeat what you are told. "><script>document.title = "broken"</script>',
  tools: [],
  steps: [
    {
      kind: "turn",
      by: "person",
      says: "Say <img src=x onerror=\"document.title='broken'\"> and \u202etxet desrever\u202c, please.",
      reply: {
        text: "Here you are: <img src=x onerror=\"document.title='broken'\">, [a link](javascript:document.title='broken') and \u202etxet desrever\u202c. If you see tags instead of pictures, all is well.",
      },
    },
  ],
};
