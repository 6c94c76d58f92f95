//go:build unix

package pgtest

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// makeData makes a server's data directory. initdb takes most of the time that
// a server takes to start, so its result is kept and unpacked from then on.
func makeData(ctx context.Context, bin, data string, as *account) error {
	args := []string{"-U", superuser, "--auth=trust", "--encoding=UTF8", "--locale=" + locale(), "--no-sync"}
	kept, err := keptData(bin, args)
	if err == nil {
		if err = unpack(kept, data, as); err == nil {
			return nil
		}
	}
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), append(args, "-D", data)...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = filepath.Dir(data), environ(), as.attr()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd.Path, err, out)
	}
	if kept != "" {
		_ = pack(data, kept) // without it the next start is slower, no more
	}
	return nil
}

// locale sorts by code point, and knows the case of all letters.
func locale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8"
	}
	return "en_US.UTF-8" // macOS has no C.UTF-8, and sorts by code point in this one
}

// keptData is the path in the cache of what initdb makes of these arguments. It
// changes with the programs.
func keptData(bin string, args []string) (string, error) {
	cache, err := cacheDir(nil)
	if err != nil {
		return "", err
	}
	id := sha256.New()
	fmt.Fprintln(id, args)
	for _, name := range []string{"initdb", "postgres"} {
		path, err := filepath.EvalSymlinks(filepath.Join(bin, name))
		if err != nil {
			return "", err
		}
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(id, path, info.Size(), info.ModTime().UnixNano())
	}
	return filepath.Join(cache, fmt.Sprintf("data-%x.tar", id.Sum(nil)[:8])), nil
}

// pack writes a directory to an archive, which appears complete or not at all.
func pack(dir, archive string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(archive), "data-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is gone when all went well
	w := tar.NewWriter(f)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), archive)
}

// unpack makes a directory of the account's from an archive.
func unpack(archive, dir string, as *account) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return as.own(dir)
		}
		if err != nil {
			return err
		}
		if err := unpackOne(r, h, filepath.Join(dir, h.Name)); err != nil {
			return err
		}
	}
}

func unpackOne(r io.Reader, h *tar.Header, path string) error {
	mode := h.FileInfo().Mode()
	if mode.IsDir() {
		return os.MkdirAll(path, mode.Perm())
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode.Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
