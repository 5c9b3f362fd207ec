"""Accounts that plays are posted to are there before any is accrued, of earlier tracks as well."""

from django.db import migrations, models

OPEN = """
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT 'accrued', party_id, NULL::uuid, 'micros' FROM royalties_payee
UNION SELECT 'accrued', platform_id, NULL, 'micros' FROM royalties_terms
UNION SELECT kind, NULL, id, 'micros'
FROM royalties_terms CROSS JOIN (VALUES ('pool'), ('remainder')) AS of (kind)
ON CONFLICT (kind, party_id, terms_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("royalties", "0033_moves_at_cutoffs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("listener", "Listener"),
                    ("accrued", "Accrued"),
                    ("published", "Published"),
                    ("settled", "Settled"),
                    ("spendable", "Spendable"),
                    ("withdrawing", "Withdrawing"),
                    ("pool", "Pool"),
                    ("remainder", "Remainder"),
                    ("held", "Held"),
                    ("forfeited", "Forfeited"),
                    ("redistributed", "Redistributed"),
                    ("collected", "Collected"),
                    ("receivable", "Receivable"),
                    ("reserve", "Reserve"),
                    ("suspense", "Suspense"),
                    ("bank", "Bank"),
                    ("treasury", "Treasury"),
                    ("vault_deposited", "Vault Deposited"),
                    ("vault_claimable", "Vault Claimable"),
                    ("custody_float", "Custody Float"),
                    ("units", "Units"),
                    ("units_issued", "Units Issued"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
    ]
