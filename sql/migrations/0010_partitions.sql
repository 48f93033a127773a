-- The two ledgers that get a row per run and tick are split as they grow: see sql/functions/partitions.sql. There is no
-- default partition any more: what was one begins as the only partition, of all times.

ALTER TABLE mtm_ledger DETACH PARTITION mtm_ledger_default;
ALTER TABLE mtm_ledger_default RENAME TO mtm_ledger_1;
ALTER TABLE mtm_ledger ATTACH PARTITION mtm_ledger_1 FOR VALUES FROM (MINVALUE) TO (MAXVALUE);

ALTER TABLE paper_equity_curve DETACH PARTITION paper_equity_curve_default;
ALTER TABLE paper_equity_curve_default RENAME TO paper_equity_curve_1;
ALTER TABLE paper_equity_curve ATTACH PARTITION paper_equity_curve_1 FOR VALUES FROM (MINVALUE) TO (MAXVALUE);
