#!/bin/sh
# Makes Temporal's two databases and brings their tables to this release's. What is
# there already stays, so it is also how a newer release begins.
set -eu
sql() {
	temporal-sql-tool --plugin "$DB" --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" --database "$@"
}
SQL_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
export SQL_PASSWORD
for database in temporal temporal_visibility; do
	sql "$database" create-database
	sql "$database" setup-schema --version 0.0
	sql "$database" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/${database#temporal_}/versioned"
done
