"""What PostgreSQL itself holds: entries sum to zero per asset, and the journal is never edited.

The sum is checked once an entry, at commit, however many postings it has; so a posting may only
be written in the transaction that wrote its entry (`posted_in`), or it would escape the check.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION royalties_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'restrict_violation';
END $$;
"""
APPEND_ONLY = (
    "entry",
    "posting",
    "unitmove",
    "terms",
    "payee",
    "window",
    "trackwindow",
    "pseudonym",
    "division",
)
FIXED_PLAY = """
CREATE TRIGGER paidplay_stays BEFORE DELETE ON royalties_paidplay
    FOR EACH ROW EXECUTE FUNCTION royalties_refuse_change();
CREATE TRIGGER paidplay_set_once BEFORE UPDATE ON royalties_paidplay
    FOR EACH ROW WHEN (
        (OLD.id, OLD.reference, OLD.terms_id, OLD.listener_id, OLD.price_micros, OLD.earns_units,
         OLD.counted_at, OLD.accrues_at) IS DISTINCT FROM
        (NEW.id, NEW.reference, NEW.terms_id, NEW.listener_id, NEW.price_micros, NEW.earns_units,
         NEW.counted_at, NEW.accrues_at)
        OR (OLD.window_id IS NOT NULL AND NEW.window_id IS DISTINCT FROM OLD.window_id)
        OR (OLD.units IS NOT NULL AND NEW.units IS DISTINCT FROM OLD.units)
        OR (OLD.pseudonym <> '' AND NEW.pseudonym <> OLD.pseudonym)
    ) EXECUTE FUNCTION royalties_refuse_change();
"""
SUM_TO_ZERO = """
CREATE FUNCTION royalties_entry_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong record;
BEGIN
    SELECT a.asset, sum(p.amount) AS left_over INTO wrong
        FROM royalties_posting p JOIN royalties_account a ON a.id = p.account_id
        WHERE p.entry_id = NEW.id GROUP BY a.asset HAVING sum(p.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not sum to zero: % of % left over',
            NEW.reference, wrong.left_over, wrong.asset USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_sums_to_zero AFTER INSERT ON royalties_entry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION royalties_entry_sums_to_zero();

ALTER TABLE royalties_entry ADD COLUMN posted_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION royalties_posting_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added JOIN royalties_entry e ON e.id = added.entry_id
        WHERE e.posted_in <> pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'entries are posted in one transaction: adding to an old one refused'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_in_time AFTER INSERT ON royalties_posting
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION royalties_posting_in_time();
"""
# Below 1000 lie the keys of the house; a party's index is never used twice.
KEY_INDEX = "CREATE SEQUENCE royalties_party_key_index MINVALUE 1000;"


def append_only(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON royalties_{table}"
        " FOR EACH ROW EXECUTE FUNCTION royalties_refuse_change();",
        f"DROP TRIGGER {table}_append_only ON royalties_{table};",
    )


class Migration(migrations.Migration):
    dependencies = [("royalties", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION royalties_refuse_change;"),
        *[append_only(table) for table in APPEND_ONLY],
        migrations.RunSQL(
            FIXED_PLAY,
            "DROP TRIGGER paidplay_stays ON royalties_paidplay;"
            "DROP TRIGGER paidplay_set_once ON royalties_paidplay;",
        ),
        migrations.RunSQL(
            SUM_TO_ZERO,
            "DROP TRIGGER entry_sums_to_zero ON royalties_entry;"
            "DROP FUNCTION royalties_entry_sums_to_zero;"
            "DROP TRIGGER posting_in_time ON royalties_posting;"
            "DROP FUNCTION royalties_posting_in_time;"
            "ALTER TABLE royalties_entry DROP COLUMN posted_in;",
        ),
        migrations.RunSQL(KEY_INDEX, "DROP SEQUENCE royalties_party_key_index;"),
    ]
