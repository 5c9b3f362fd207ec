"""References are looked up by index, whatever the first statement of a connection wrote.

A trigger's statements are planned once a connection, for as many rows as its first call has. After
one that writes thousands they were planned to read the whole table referred to, and one row more
then read all parties, or all entries. A subquery that is kept apart (OFFSET 0; a scalar) is asked
for each key, by the table's primary key.
"""

from importlib import import_module

from django.db import migrations

before = import_module("royalties.migrations.0021_references_by_statement")

ONE = before.ONE.replace("WHERE {key} = one.key\n", "WHERE {key} = one.key OFFSET 0\n")
IN_TIME = """
CREATE OR REPLACE FUNCTION royalties_posting_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM {named} WHERE {posted_in} <> pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'entries are posted in one transaction: adding to an old one refused'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""
BY_INDEX = IN_TIME.format(
    named="(SELECT DISTINCT entry_id FROM added) AS one",
    posted_in="(SELECT e.posted_in FROM royalties_entry e WHERE e.id = one.entry_id)",
)
BY_JOIN = IN_TIME.format(
    named="added JOIN royalties_entry e ON e.id = added.entry_id", posted_in="e.posted_in"
)


def checked(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(_check(table, ONE), _check(table, before.ONE))


def _check(table: str, one: str) -> str:
    each = "".join(
        one.format(table=table, column=column, there=there, key=key)
        for column, (there, key) in before.REFERENCES[table].items()
    )
    made: str = before.CHECK.format(table=table, each=each.strip())
    return made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("royalties", "0021_references_by_statement")]

    operations = [
        *[checked(table) for table in before.REFERENCES],
        migrations.RunSQL(BY_INDEX, BY_JOIN),
    ]
