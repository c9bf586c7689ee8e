// A detector as a program of its own, in Node, without any package: sales invoiced a week ago or more whose shipment is
// still a draft. It asks for the evidence as CSV.
//
//     tieout diagnose CASE --detector "exec-csv:node docs/detectors/unshipped.mjs"
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const WEEK = 7 * 24 * 3600 * 1000;
const HABIT = 3; // fewer are an oversight

/** Rows of a CSV file as objects. Texts are quoted, a quote inside is doubled, an empty cell is null. */
function table(folder, name) {
  const text = readFileSync(join(folder, `${name}.csv`), "utf8");
  const rows = [];
  for (const line of text.split("\n")) {
    if (!line) continue;
    const cells = [];
    for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
      cells.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    }
    rows.push(cells);
  }
  const [head, ...body] = rows;
  return body.map((cells) => Object.fromEntries(head.map((title, n) => [title, cells[n]])));
}

function diagnose(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  if (!existsSync(join(folder, "cin7"))) return []; // tieout itself remarks that the layer is not visible
  const drafts = new Map();
  for (const row of table(folder, "cin7/shipments")) {
    if (row.status === "DRAFT") drafts.set(row.sale_key, row.document_key);
  }
  const evening = Date.parse(manifest.calendar.end);
  const overdue = table(folder, "cin7/sale_invoices")
    .filter((row) => row.status !== "VOIDED" && drafts.has(row.sale_key))
    .filter((row) => Date.parse(row.authorised_at.replace(" ", "T") + "Z") < evening - WEEK);
  const documents = [...new Set(overdue.map((row) => drafts.get(row.sale_key)))].sort();
  if (documents.length < HABIT) return [];
  return [
    {
      cause: "invoice_authorised_shipment_incomplete",
      layer: "operations",
      onset: overdue.map((row) => row.authorised_at.slice(0, 10)).sort()[0],
      evidence: documents,
      probability: 0.7,
      note: `${documents.length} invoiced sales still have a shipment in draft`,
    },
  ];
}

console.log(JSON.stringify({ hypotheses: diagnose(process.argv[2]) }));
