#!/bin/sh
# A detector as a program of its own, in a shell with DuckDB's SQL: sales invoiced a week ago or more whose shipment is
# still a draft. Needs the command `duckdb`.
#
#     tieout diagnose CASE --detector "exec:sh docs/detectors/unshipped.sh"
set -eu
folder=$1
if [ ! -d "$folder/cin7" ]; then
    echo '{"hypotheses": []}' # tieout itself remarks that the layer is not visible
    exit
fi
duckdb -noheader -list <<SQL
WITH evening AS (
    SELECT CAST(calendar.end AS DATE) AS day FROM read_json('$folder/manifest.json')
), overdue AS (
    SELECT shipment.document_key, min(invoice.authorised_at) AS invoiced_at
    FROM evening, '$folder/cin7/shipments.parquet' AS shipment
    JOIN '$folder/cin7/sale_invoices.parquet' AS invoice USING (sale_key)
    WHERE shipment.status = 'DRAFT' AND invoice.status <> 'VOIDED' AND invoice.authorised_at < evening.day - INTERVAL 7 DAY
    GROUP BY shipment.document_key
), found AS (
    SELECT 'invoice_authorised_shipment_incomplete' AS cause, 'operations' AS layer,
           CAST(CAST(min(invoiced_at) AS DATE) AS VARCHAR) AS onset,
           list(document_key ORDER BY document_key) AS evidence, 0.7 AS probability,
           count(*) || ' invoiced sales still have a shipment in draft' AS note
    FROM overdue
    HAVING count(*) >= 3 -- fewer are an oversight
)
SELECT json_object('hypotheses', coalesce(json_group_array(to_json(found)), '[]'::JSON)) FROM found;
SQL
