/** @module Metrics as Prometheus reads them. Format: Prometheus text exposition 0.0.4, prometheus.io/docs, 2026-11-21. */

export type Labels = Readonly<Record<string, string>>;

export type Sample = { readonly labels?: Labels; readonly value: number };

/** Times in seconds: `classes` counts per bound and one more above the last, none of them cumulative. */
export type HistogramSample = {
  readonly labels?: Labels;
  readonly bounds: readonly number[];
  readonly classes: readonly number[];
  readonly sum: number;
};

export type Metric =
  | {
      readonly name: string;
      readonly help: string;
      readonly type: "counter" | "gauge";
      readonly samples: readonly Sample[];
    }
  | {
      readonly name: string;
      readonly help: string;
      readonly type: "histogram";
      readonly samples: readonly HistogramSample[];
    };

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The page as text; metrics without samples are left out. */
export function toExposition(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map((metric) => {
      const head = `# HELP ${metric.name} ${escapeHelp(metric.help)}\n# TYPE ${metric.name} ${metric.type}\n`;
      const lines =
        metric.type === "histogram"
          ? metric.samples.flatMap((sample) => toHistogramLines(metric.name, sample))
          : metric.samples.map(({ labels, value }) => toLine(metric.name, labels, value));
      return `${head}${lines.join("\n")}\n`;
    })
    .join("");
}

function toHistogramLines(name: string, { labels, bounds, classes, sum }: HistogramSample): string[] {
  let count = 0;
  const buckets = classes.map((value, index) => {
    count += value;
    const bound = bounds[index];
    return toLine(`${name}_bucket`, { ...labels, le: bound === undefined ? "+Inf" : String(bound) }, count);
  });
  return [...buckets, toLine(`${name}_sum`, labels, sum), toLine(`${name}_count`, labels, count)];
}

function toLine(name: string, labels: Labels | undefined, value: number): string {
  const pairs = Object.entries(labels ?? {}).map(([label, text]) => `${label}="${escapeValue(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escapeValue(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
