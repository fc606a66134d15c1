import type { TestDatabase } from './postgres-server.ts';

const ACTIONS = `CASE %s WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE %s::text END`;
const action = (column: string): string => ACTIONS.replaceAll('%s', column);

/** Every column, constraint and index of the schema `codemie`, one a line. Wants `search_path` to be set to it. */
const DESCRIPTION = `
  SELECT concat_ws(E'\\t', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                   CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'null' END,
                   coalesce(pg_get_expr(d.adbin, d.adrelid), '-'), a.attnum) AS line
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relnamespace = 'codemie'::regnamespace AND c.relkind = 'r'
  UNION ALL
  SELECT concat_ws(E'\\t',
                   CASE k.contype WHEN 'p' THEN 'pk' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'fk' ELSE 'check' END,
                   c.relname, k.conname,
                   (SELECT string_agg(a.attname, ', ' ORDER BY array_position(k.conkey, a.attnum))
                      FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)),
                   CASE k.contype
                     WHEN 'f' THEN 'on delete ' || ${action('k.confdeltype')} || '; on update ' || ${action('k.confupdtype')}
                                   || E'\\t-> ' || regexp_replace(pg_get_constraintdef(k.oid), '.* REFERENCES ([^ ]+).*', '\\1')
                     WHEN 'c' THEN E'\\t' || regexp_replace(pg_get_constraintdef(k.oid), '^CHECK \\((.*)\\)$', '\\1')
                   END)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
   WHERE c.relnamespace = 'codemie'::regnamespace AND k.contype IN ('p', 'u', 'f', 'c')
  UNION ALL
  SELECT concat_ws(E'\\t', 'index', c.relname, i.relname,
                   (SELECT string_agg(pg_get_indexdef(x.indexrelid, n, true), ', ' ORDER BY n)
                      FROM generate_series(1, x.indnatts) n),
                   CASE WHEN x.indisunique THEN 'unique ' ELSE '' END || m.amname
                     || CASE WHEN x.indexprs IS NULL THEN '' ELSE '; expression' END,
                   coalesce('where ' || pg_get_expr(x.indpred, x.indrelid), '-'))
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_am m ON m.oid = i.relam
   WHERE c.relnamespace = 'codemie'::regnamespace
     AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
  UNION ALL
  SELECT concat_ws(E'\\t', 'enum', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
   WHERE t.typnamespace = 'codemie'::regnamespace
   GROUP BY t.typname`;

/** The description of the tables of a database, sorted. */
export async function schemaDescription({ query }: TestDatabase): Promise<readonly string[]> {
  return (await query(DESCRIPTION)).map(({ line }) => String(line).trimEnd()).sort();
}
