package migrationlint

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Through settles the migrations up to and with a version.
func Through(version string) func(name string) bool {
	return func(name string) bool { return versionOf(name) <= version }
}

// BeforeLatest settles all but the n latest of the names.
func BeforeLatest(names []string, n int) func(name string) bool {
	names = slices.Sorted(slices.Values(names))
	latest := names[max(0, len(names)-n):]
	return func(name string) bool { return !slices.Contains(latest, name) }
}

// mainBranches are where the migrations of a checkout have been settled, the
// server's idea of it before one's own.
var mainBranches = []string{"origin/main", "main"}

// OnBranch settles the migrations that git has in dir at the commit where the
// checkout left the branch ref. Without a ref that is the main branch; it settles
// nothing, by a nil function, where there is none. A file that was edited since is
// not settled.
func OnBranch(ctx context.Context, dir, ref string) (func(name string) bool, error) {
	refs := []string{ref}
	if ref == "" {
		refs = mainBranches
	}
	for _, r := range refs {
		base, err := git(ctx, dir, "merge-base", r, "HEAD")
		if err != nil && ref == "" {
			continue
		} else if err != nil {
			return nil, err
		}
		base = strings.TrimSpace(base)
		there, err := git(ctx, dir, "ls-tree", "--name-only", base, "./")
		if err != nil {
			return nil, err
		}
		edited, err := git(ctx, dir, "diff", "--name-only", "--relative", base, "--", ".")
		if err != nil {
			return nil, err
		}
		names := map[string]bool{}
		for name := range strings.Lines(there) {
			names[filepath.Base(strings.TrimSpace(name))] = true
		}
		for name := range strings.Lines(edited) {
			delete(names, strings.TrimSpace(name))
		}
		return func(name string) bool { return names[name] }, nil
	}
	return nil, nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(failed.Stderr)))
	}
	if err != nil {
		return "", fmt.Errorf("migrationlint: git %s: %w", args[0], err)
	}
	return string(out), nil
}
