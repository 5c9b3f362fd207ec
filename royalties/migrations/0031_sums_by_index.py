"""Entries are summed up by index, whatever is on record of the ledger's size.

The check runs once an entry, by a plan that a connection makes once. Made while the ledger was
small, or before anybody counted what another connection adds at the same time, it read the whole
ledger for each entry.
"""

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION royalties_entry_sums_to_zero() RETURNS trigger LANGUAGE plpgsql {how}
AS $$
DECLARE wrong record;
BEGIN
    SELECT a.asset, sum(p.amount) AS left_over INTO wrong
        FROM royalties_posting p {accounts}
        WHERE p.entry_id = NEW.id GROUP BY a.asset HAVING sum(p.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not sum to zero: % of % left over',
            NEW.reference, wrong.left_over, wrong.asset USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
BY_INDEX = CHECK.format(
    how="SET enable_seqscan = off",
    accounts="""CROSS JOIN LATERAL (
            SELECT asset FROM royalties_account WHERE id = p.account_id OFFSET 0
        ) a""",
)
BY_RECORD = CHECK.format(how="", accounts="JOIN royalties_account a ON a.id = p.account_id")


class Migration(migrations.Migration):
    dependencies = [("royalties", "0030_pseudonyms_by_whom")]

    operations = [migrations.RunSQL(BY_INDEX, BY_RECORD)]
