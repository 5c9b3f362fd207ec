"""One account for a track's units in the house, whoever has them; one for those in wallets.

Who has how many is told by their moves, each with a giver and a taker: an account a party and track
repeated them, and opening it was a sixth of what a period's close cost.
"""

from django.db import migrations

TOGETHER = """
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT DISTINCT 'units', NULL::uuid, terms_id, terms_id::text
FROM royalties_account WHERE kind = 'units'
ON CONFLICT (kind, party_id, terms_id) DO NOTHING;
WITH kept AS (
    SELECT a.id, a.terms_id, sum(p.amount) AS units
    FROM royalties_account a
    JOIN royalties_party owner ON owner.id = a.party_id AND owner.kind <> 'outside'
    JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'units' GROUP BY a.id HAVING sum(p.amount) <> 0
), made AS (
    INSERT INTO royalties_entry (reference, kind, at, terms_id)
    SELECT 'units/' || slot, 'units together', now(), id
    FROM royalties_terms WHERE id IN (SELECT terms_id FROM kept)
    RETURNING id, terms_id
)
INSERT INTO royalties_posting (entry_id, account_id, amount)
SELECT made.id, kept.id, -kept.units FROM kept JOIN made USING (terms_id)
UNION ALL
SELECT made.id, a.id, sum(kept.units)
FROM kept JOIN made USING (terms_id)
JOIN royalties_account a ON a.kind = 'units' AND a.party_id IS NULL AND a.terms_id = made.terms_id
GROUP BY made.id, a.id;
"""


class Migration(migrations.Migration):
    dependencies = [("royalties", "0023_waiting_plays")]

    operations = [migrations.RunSQL(TOGETHER)]
