//go:build unix

package pgtest

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// installed is where distributions and Homebrew put PostgreSQL's programs
// without adding them to PATH.
var installed = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// startLocal starts a throw-away server from the programs on this machine, or
// from programs it fetches.
func startLocal(ctx context.Context) (*server, error) {
	as, err := serverAccount()
	if err != nil {
		return nil, err
	}
	bin, searched := findPrograms(ctx, installed, as)
	if bin == "" {
		cache, err := cacheDir(as)
		if err == nil {
			bin, err = fetchPrograms(mavenCentral, cache, as)
		}
		if err != nil {
			return nil, fmt.Errorf("postgres and initdb are not in %s; and fetching them failed: %w",
				strings.Join(searched, ", "), err)
		}
	}
	return startCluster(ctx, bin, as)
}

// findPrograms returns the directory that holds postgres and initdb, or "", and
// the places it looked in. What is in PATH comes first, then the newest version
// that matches one of the patterns, then what pg_config knows.
func findPrograms(ctx context.Context, patterns []string, as *account) (bin string, searched []string) {
	places := []func() []string{
		inPath,
		func() []string { return matching(patterns) },
		func() []string { return configured(ctx) },
	}
	for _, dirs := range places {
		for _, dir := range dirs() {
			if hasPrograms(dir) && as.canEnter(dir) {
				return dir, nil
			}
		}
	}
	return "", slices.Concat([]string{"PATH"}, patterns, []string{"pg_config --bindir"})
}

// inPath returns the directory in PATH that has postgres, and the one that its
// link leads to.
func inPath() []string {
	path, err := exec.LookPath("postgres")
	if err != nil {
		return nil
	}
	dirs := []string{filepath.Dir(path)}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		dirs = append(dirs, filepath.Dir(target))
	}
	return dirs
}

// matching returns the directories that match a pattern, newest version first.
func matching(patterns []string) []string {
	var dirs []string
	for _, p := range patterns {
		m, _ := filepath.Glob(p) // fails for malformed patterns only
		dirs = append(dirs, m...)
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return dirs
}

// configured returns what pg_config knows.
func configured(ctx context.Context) []string {
	out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output()
	if err != nil {
		return nil
	}
	return []string{strings.TrimSpace(string(out))}
}

var number = regexp.MustCompile(`\d+(\.\d+)?`)

// version is the last number in a path, 0 when there is none.
func version(path string) float64 {
	all := number.FindAllString(path, -1)
	if len(all) == 0 {
		return 0
	}
	v, _ := strconv.ParseFloat(all[len(all)-1], 64)
	return v
}

// hasPrograms tells whether a directory holds what a server is made with.
func hasPrograms(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// cacheDir returns a directory that outlives the process and that the account
// can enter. It is made if need be.
func cacheDir(as *account) (string, error) {
	var bases []string
	if base, err := os.UserCacheDir(); err == nil {
		bases = append(bases, base)
	}
	if as != nil {
		// root's own cache is often closed to others.
		bases = append(bases, "/var/cache")
	}
	for _, base := range bases {
		dir := filepath.Join(base, "communitybuilder", "pgtest")
		if err := os.MkdirAll(dir, 0o755); err == nil && as.canEnter(dir) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no directory for a cache can be made in %q", bases)
}
