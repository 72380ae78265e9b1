/** @module A measured claim as text: a table for people and figures held against an aim. */

/** How much of everything: `smoke` proves that a bench runs, `full` gives figures worth printing. */
export type Scale = "smoke" | "full";

export type Figure = {
  readonly name: string;
  readonly value: number;
  /** Shown behind the value: `×`, `KB`, `ms`… */
  readonly unit: string;
  /** A short run may not see it: CPU time counts in ticks of 10 ms, and one value has no spread. */
  readonly isCoarse?: boolean;
  readonly aim?: { readonly is: "at least" | "at most"; readonly value: number };
};

export type Section = {
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly method: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly figures: readonly Figure[];
};

export function isMet(figure: Figure): boolean | undefined {
  if (figure.aim === undefined || !Number.isFinite(figure.value)) return undefined;
  return figure.aim.is === "at least" ? figure.value >= figure.aim.value : figure.value <= figure.aim.value;
}

export function toFigureText(figure: Figure): string {
  const value = `${toNumberText(figure.value)}${toUnitText(figure.unit)}`;
  if (figure.aim === undefined) return `${figure.name}: ${value}`;
  const verdict = isMet(figure);
  const aim = `aim ${figure.aim.is} ${toNumberText(figure.aim.value)}${toUnitText(figure.unit)}`;
  return `${figure.name}: ${value} (${aim}: ${verdict === undefined ? "not measured" : verdict ? "met" : "missed"})`;
}

export function toSectionText(section: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `## ${section.title}`,
    "",
    section.method,
    "",
    line(section.columns),
    line(section.columns.map((_, i) => (i === 0 ? "---" : "---:"))),
    ...section.rows.map(line),
    "",
    ...section.figures.map((figure) => `- ${toFigureText(figure)}`),
  ].join("\n");
}

/** Three significant digits; `?` for what was not measured. */
export function toNumberText(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

function toUnitText(unit: string): string {
  return unit === "" || unit === "×" ? unit : ` ${unit}`;
}
