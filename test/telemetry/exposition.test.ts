import { expect, test } from "bun:test";
import { toExposition } from "../../src/telemetry/exposition.ts";

test("writes counters and gauges with their labels, and leaves empty ones out", () => {
  expect(
    toExposition([
      {
        name: "a_total",
        help: "All.",
        type: "counter",
        samples: [{ labels: { x: "1", y: "z" }, value: 3 }, { value: 0.5 }],
      },
      { name: "b", help: "None.", type: "gauge", samples: [] },
    ]),
  ).toBe(`# HELP a_total All.\n# TYPE a_total counter\na_total{x="1",y="z"} 3\na_total 0.5\n`);
});

test("labels cannot break out of their line", () => {
  const text = toExposition([
    { name: "a", help: "x\ny", type: "gauge", samples: [{ labels: { model: 'a"} 1\nb\\' }, value: 1 }] },
  ]);
  expect(text).toBe('# HELP a x\\ny\n# TYPE a gauge\na{model="a\\"} 1\\nb\\\\"} 1\n');
});

test("classes of a histogram become cumulative, up to +Inf", () => {
  expect(
    toExposition([
      {
        name: "h",
        help: "H.",
        type: "histogram",
        samples: [{ labels: { p: "a" }, bounds: [0.1, 1], classes: [2, 0, 1], sum: 4.5 }],
      },
    ])
      .split("\n")
      .slice(2, -1),
  ).toEqual([
    'h_bucket{p="a",le="0.1"} 2',
    'h_bucket{p="a",le="1"} 2',
    'h_bucket{p="a",le="+Inf"} 3',
    'h_sum{p="a"} 4.5',
    'h_count{p="a"} 3',
  ]);
});
