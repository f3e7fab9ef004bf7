package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// ensureDatabase makes the database with its tables and namespace where there
// is none. It comes into being at once: a process that is killed while it makes
// one leaves none behind that is half made.
func ensureDatabase(o Options) error {
	if _, err := os.Stat(o.Database); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	young := o.Database + ".new"
	for _, path := range []string{young, young + "-journal"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make the database: %w", err)
		}
	}
	if err := sqlite.SetupSchema(database(young)); err != nil {
		return fmt.Errorf("make the database %s: %w", young, err)
	}
	namespace, err := sqlite.NewNamespaceConfig(clusterName, Namespace, false, o.SearchAttributes)
	if err != nil {
		return fmt.Errorf("describe the namespace: %w", err)
	}
	namespace.Detail.Config.Retention = durationpb.New(Retention)
	if err := sqlite.CreateNamespaces(database(young), namespace); err != nil {
		return fmt.Errorf("make the namespace: %w", err)
	}
	if err := os.Rename(young, o.Database); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}

// escaped renders a path for SQLite, which is given it as part of a URL.
func escaped(path string) string { return (&url.URL{Path: path}).EscapedPath() }
