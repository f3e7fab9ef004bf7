#!/bin/bash
# Makes the database cluster where there is none, and becomes the server.
set -eu
if [ "$(id -u)" -eq 0 ]; then
	# Only root can read the password's file.
	POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
	export POSTGRES_PASSWORD
	chown postgres:postgres "$PGDATA"
	chmod 0700 "$PGDATA"
	exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --auth-local=trust
	echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
	echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
	# A database of the user's name comes with the real image.
	if [ "$POSTGRES_USER" != postgres ]; then
		pg_ctl --wait --silent -o "-c listen_addresses=''" start
		createdb --username="$POSTGRES_USER" "${POSTGRES_DB:-$POSTGRES_USER}"
		pg_ctl --wait --silent --mode=fast stop
	fi
fi
unset POSTGRES_PASSWORD
exec "$@"
