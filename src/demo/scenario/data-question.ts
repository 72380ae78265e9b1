/** @module An assistant answers questions about sales by writing SQL. */

import type { Scenario, Step } from "../script.ts";

type Question = {
  readonly id: string;
  readonly asks: string;
  readonly sql: string;
  readonly rows: string;
  readonly answer: string;
  readonly next: string;
  readonly told: string;
};

const QUESTIONS: readonly Question[] = [
  {
    id: "data-regions",
    asks: "Which three regions sold most in the last quarter, and how does that compare with the quarter before?",
    sql: "select region, sum(cents) filter (where quarter = '2026Q3') as now, sum(cents) filter (where quarter = '2026Q2') as before from sales group by region order by now desc limit 3",
    rows: "region | now | before\nNorth | 48211900 | 44102300\nCoast | 39120050 | 41877000\nHills | 21480700 | 18020400",
    answer:
      "North, Coast and Hills, in this order.\n\n| region | Q3 | change |\n|---|---:|---:|\n| North | 482,119 | +9.3 % |\n| Coast | 391,201 | −6.6 % |\n| Hills | 214,807 | +19.2 % |\n\nHills grew fastest, from a small base; Coast is the only one of the three that shrank.",
    next: "Why did Coast shrink? One sentence is enough.",
    told: "The table alone cannot tell; the likeliest lead is that its two largest stores report no sales for the first half of August, so I would ask about those days first.",
  },
  {
    id: "data-returns",
    asks: "How many orders were sent back within 14 days, by product group?",
    sql: "select product_group, count(*) as orders, count(*) filter (where returned_at <= delivered_at + interval '14 days') as returned from orders group by product_group order by returned desc",
    rows: "product_group | orders | returned\nShoes | 8210 | 1742\nCoats | 3904 | 611\nBags | 5120 | 240\nCare | 9941 | 31",
    answer:
      "2,624 orders in all came back in time. Shoes lead by far, with 1,742 of 8,210 orders (21 %), then coats with 16 % and bags with 5 %. Care products hardly ever return (0.3 %).",
    next: "Is 21 % for shoes normal?",
    told: "For shoes sold online it is on the low side of what shops usually tell, which is 20 to 30 %. I have no figures of earlier years here, so I cannot say whether it is normal for you.",
  },
];

export const DATA_QUESTION: readonly Scenario[] = QUESTIONS.map((question) => ({
  id: question.id,
  client: "openai-sdk",
  model: "gpt-5-mini",
  streaming: true,
  system:
    "You answer questions about a shop's sales for people who know no SQL. Query first, then answer in a few sentences or a small table. Say what the data cannot tell. Amounts are stored in cents.\n\nTables: sales(region, store, quarter, cents), orders(id, product_group, delivered_at, returned_at).",
  tools: [
    { name: "run_sql", description: "Runs one reading statement and returns its rows as text.", parameters: ["sql"] },
  ],
  steps: toSteps(question),
}));

function toSteps(question: Question): readonly Step[] {
  return [
    {
      kind: "turn",
      by: "person",
      says: question.asks,
      reply: {
        thinking: "One grouped query answers this.",
        toolCall: { name: "run_sql", input: { sql: question.sql } },
      },
    },
    { kind: "turn", by: "tool", says: question.rows, reply: { thinking: "Worth a table.", text: question.answer } },
    {
      kind: "turn",
      by: "person",
      says: question.next,
      reply: { thinking: "No guess beyond the rows.", text: question.told },
    },
  ];
}
