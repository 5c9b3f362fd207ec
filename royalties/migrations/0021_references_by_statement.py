"""References of the tables that grow with plays are checked once a statement, not once a row.

PostgreSQL checks a declared foreign key row by row: sixteen look-ups a play where a window writes
thousands. A trigger of the statement asks the same of all its rows together: whoever they name is
there. Nothing else can break a reference, since what is referred to is never deleted and never
changes its key, and nor do the rows that refer; triggers refuse both.
"""

import django.db.models.deletion
from django.db import migrations, models

REFERENCES = {  # table: column: the table it refers to, and that one's key
    "account": {"party_id": ("party", "id"), "terms_id": ("terms", "id")},
    "posting": {"entry_id": ("entry", "id"), "account_id": ("account", "id")},
    "holding": {"terms_id": ("terms", "id"), "party_id": ("party", "id")},
    "unitmove": {
        "window_id": ("window", "id"),
        "terms_id": ("terms", "id"),
        "giver_id": ("party", "id"),
        "taker_id": ("party", "id"),
    },
    "pseudonym": {
        "period_id": ("period", "number"),
        "terms_id": ("terms", "id"),
        "party_id": ("party", "id"),
    },
    "entitlement": {
        "period_id": ("period", "number"),
        "terms_id": ("terms", "id"),
        "party_id": ("party", "id"),
    },
    "paidplay": {"window_id": ("window", "id")},
}
# Of the others, migration 2 refuses any change; a play's window is set once, by a later update.
KEEP_THEIR_REFERENCES = ("account", "holding", "entitlement")
STAY = {"party": "id", "account": "id", "period": "number"}

# Few of the rows name different ones, but where they name people.
ONE = """
    SELECT key::text AS value INTO named
        FROM (SELECT DISTINCT {column} AS key FROM added) AS one
        WHERE key IS NOT NULL AND NOT EXISTS (
            SELECT FROM royalties_{there} WHERE {key} = one.key
        ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'royalties_{table} has {column} %, which royalties_{there} has not',
            named.value USING ERRCODE = 'foreign_key_violation';
    END IF;
"""
CHECK = """
CREATE FUNCTION royalties_{table}_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named record;
BEGIN
    {each}
    RETURN NULL;
END $$;
"""
ON = """
CREATE TRIGGER {table}_refers_{event} AFTER {event} ON royalties_{table}
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION royalties_{table}_refers();
"""
KEEP = """
CREATE TRIGGER {table}_keeps_references BEFORE UPDATE ON royalties_{table}
    FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION royalties_refuse_change();
"""
STAYS = """
CREATE TRIGGER {table}_stays BEFORE DELETE ON royalties_{table}
    FOR EACH ROW EXECUTE FUNCTION royalties_refuse_change();
CREATE TRIGGER {table}_keeps_key BEFORE UPDATE ON royalties_{table}
    FOR EACH ROW WHEN (OLD.{key} IS DISTINCT FROM NEW.{key})
    EXECUTE FUNCTION royalties_refuse_change();
"""


def checked(table: str) -> migrations.RunSQL:
    """Refuse rows of the table that refer to nothing."""
    references = REFERENCES[table]
    each = "".join(
        ONE.format(table=table, column=column, there=there, key=key)
        for column, (there, key) in references.items()
    )
    events = ("insert", "update") if table == "paidplay" else ("insert",)
    made = CHECK.format(table=table, each=each.strip())
    made += "".join(ON.format(table=table, event=event) for event in events)
    if table in KEEP_THEIR_REFERENCES:
        old, new = (", ".join(f"{row}.{one}" for one in references) for row in ("OLD", "NEW"))
        made += KEEP.format(table=table, old=old, new=new)
    gone = f"DROP FUNCTION royalties_{table}_refers CASCADE;"
    gone += f"DROP TRIGGER IF EXISTS {table}_keeps_references ON royalties_{table};"
    return migrations.RunSQL(made, gone)


def staying(table: str) -> migrations.RunSQL:
    """Refuse to delete what others refer to, or to change its key."""
    return migrations.RunSQL(
        STAYS.format(table=table, key=STAY[table]),
        f"DROP TRIGGER {table}_stays ON royalties_{table};"
        f"DROP TRIGGER {table}_keeps_key ON royalties_{table};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("royalties", "0020_linked_accounts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="royalties.party",
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="terms",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="royalties.terms",
            ),
        ),
        migrations.AlterField(
            model_name="entitlement",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entitlements",
                to="royalties.party",
            ),
        ),
        migrations.AlterField(
            model_name="entitlement",
            name="period",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entitlements",
                to="royalties.period",
            ),
        ),
        migrations.AlterField(
            model_name="entitlement",
            name="terms",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entitlements",
                to="royalties.terms",
            ),
        ),
        migrations.AlterField(
            model_name="holding",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holdings",
                to="royalties.party",
            ),
        ),
        migrations.AlterField(
            model_name="holding",
            name="terms",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holdings",
                to="royalties.terms",
            ),
        ),
        migrations.AlterField(
            model_name="paidplay",
            name="window",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="plays",
                to="royalties.window",
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postings",
                to="royalties.account",
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postings",
                to="royalties.entry",
            ),
        ),
        migrations.AlterField(
            model_name="pseudonym",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pseudonyms",
                to="royalties.party",
            ),
        ),
        migrations.AlterField(
            model_name="pseudonym",
            name="period",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pseudonyms",
                to="royalties.period",
            ),
        ),
        migrations.AlterField(
            model_name="pseudonym",
            name="terms",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pseudonyms",
                to="royalties.terms",
            ),
        ),
        migrations.AlterField(
            model_name="unitmove",
            name="giver",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="royalties.party",
            ),
        ),
        migrations.AlterField(
            model_name="unitmove",
            name="taker",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unit_moves",
                to="royalties.party",
            ),
        ),
        migrations.AlterField(
            model_name="unitmove",
            name="terms",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="moves",
                to="royalties.terms",
            ),
        ),
        migrations.AlterField(
            model_name="unitmove",
            name="window",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="moves",
                to="royalties.window",
            ),
        ),
        *[checked(table) for table in REFERENCES],
        *[staying(table) for table in STAY],
    ]
