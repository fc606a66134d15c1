import type { Target } from '../target.ts';

export const PEOPLE_TABLES = [
  // What a rules file says: `skip` and `keep` name a user, `map` a project and its other name.
  'CREATE TEMP TABLE rule (kind text, key text, value text)',
  `CREATE TEMP TABLE person (
    n integer, id text COLLATE "C", username text, email text, name text, picture text, user_type text,
    is_active boolean, is_admin boolean, admin_via text, lower_username text, lower_email text,
    is_known boolean, is_deleted boolean, is_kept boolean
  )`,
  'CREATE TEMP TABLE twin (field text, key text, id text COLLATE "C", is_kept boolean)',
  'CREATE TEMP TABLE pair (id text COLLATE "C", other text COLLATE "C", field text)',
  `CREATE TEMP TABLE clash (
    id text COLLATE "C", other text COLLATE "C", class text, field text, is_exact boolean
  )`,
  // Users that are not created, because a conflict holds them back or a rule says so.
  'CREATE TEMP TABLE held (id text COLLATE "C", is_conflict boolean)',
];

/** Who is in the source, who of them is in the database, and who is in each other's way. */
export function peopleSteps({ users }: Target): readonly string[] {
  const ruled = (kind: string): string => `(SELECT key FROM rule WHERE kind = '${kind}')`;
  const matches = (kind: string): string =>
    `(lower(r.id) IN ${ruled(kind)} OR lower(r.username) IN ${ruled(kind)} OR lower(r.email) IN ${ruled(kind)})`;
  return [
    `INSERT INTO person
     SELECT DISTINCT ON (r.id) r.n, r.id, r.username, r.email, r.name, r.picture, r.user_type, r.is_active, r.is_admin,
            r.admin_via, lower(r.username), lower(r.email), t.id IS NOT NULL, t.deleted_at IS NOT NULL, ${matches('keep')}
       FROM source_row r LEFT JOIN ${users} t ON t.id = r.id
      WHERE r.kind = 'user' AND NOT ${matches('skip')}
      ORDER BY r.id, r.n`,
    'ANALYZE person',
    ...['email', 'username'].map(
      (field) => `INSERT INTO twin
        SELECT '${field}', p.lower_${field}, p.id, p.is_kept
          FROM person p
          JOIN (SELECT lower_${field} AS key FROM person WHERE NOT is_known GROUP BY 1 HAVING count(*) > 1) g
            ON g.key = p.lower_${field}
         WHERE NOT p.is_known`,
    ),
    // A rule that keeps one of the twins leaves the others out.
    `INSERT INTO held
     SELECT DISTINCT t.id, false FROM twin t
       JOIN (SELECT field, key FROM twin WHERE is_kept GROUP BY field, key HAVING count(*) = 1) k USING (field, key)
      WHERE NOT t.is_kept`,
    `INSERT INTO pair
     SELECT DISTINCT ON (g.first, t.id) g.first, t.id, t.field
       FROM twin t
       JOIN (SELECT field, key, min(id) AS first FROM twin WHERE id NOT IN (SELECT id FROM held)
              GROUP BY field, key HAVING count(*) > 1) g USING (field, key)
      WHERE t.id <> g.first AND t.id NOT IN (SELECT id FROM held)
      ORDER BY g.first, t.id, t.field`,
    ...['email', 'username'].map(
      // The same address under an id that the source does not have is the same person, who got a new account.
      (field) => `INSERT INTO clash
        SELECT p.id, t.id,
               CASE WHEN '${field}' = 'email' AND p.email = t.email
                     AND NOT EXISTS (SELECT FROM source_row s WHERE s.id = t.id)
                    THEN 'recreated' ELSE '${field}-twin' END,
               '${field}', p.${field} = t.${field}
          FROM person p JOIN ${users} t ON lower(t.${field}) = p.lower_${field} AND t.id <> p.id
         WHERE NOT p.is_known`,
    ),
    // A rule can keep both spellings of a twin. The database refuses the same spelling.
    'DELETE FROM clash c USING person p WHERE p.id = c.id AND p.is_kept AND NOT c.is_exact',
    `INSERT INTO held
     SELECT id, true FROM pair UNION SELECT other, true FROM pair UNION SELECT id, true FROM clash`,
    'ANALYZE held',
  ];
}
