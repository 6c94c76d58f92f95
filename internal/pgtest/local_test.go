//go:build unix

package pgtest

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServerEndsWhenItsProcessIsKilled(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), childVariable+"=1", variable+"=")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	dsn := strings.TrimSpace(line)
	data := scan[string](t, dsn, "SHOW data_directory")

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	await(t, func() bool {
		_, err := os.Stat(filepath.Dir(data))
		return os.IsNotExist(err)
	})
	if err := open(dsn).Ping(); err == nil {
		t.Error("the server still answers")
	}
}

// await waits until something is so.
func await(t *testing.T, so func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !so() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal("not within half a minute")
		}
	}
}

func TestThrowAwayServer(t *testing.T) {
	s, err := startLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := holder{server: s}
	h.once.Do(func() {})
	data := scan[string](t, s.url.String(), "SHOW data_directory")
	test := &endedTest{TB: t}
	dsn := s.clone(test, "template0")
	for query, want := range map[string]string{
		"SELECT rolsuper FROM pg_roles WHERE rolname = current_user":                                        "false",
		"SELECT pg_get_userbyid(datdba) = current_user FROM pg_database WHERE datname = current_database()": "true",
		"SHOW timezone":         "UTC",
		"SHOW server_encoding":  "UTF8",
		"SELECT 'a' > 'B'":      "true",
		"SELECT upper('é')":     "É",
		"SHOW listen_addresses": "",
	} {
		if got := scan[string](t, dsn, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	test.cleanup()

	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(data)); !os.IsNotExist(err) {
		t.Errorf("the server's directory: %v", err)
	}
	if err := open(s.url.String()).Ping(); err == nil {
		t.Error("the server still answers")
	}
}

func TestServerThatCannotStartSaysWhy(t *testing.T) {
	as, bin := local(t)
	good := settings
	t.Cleanup(func() { settings = good })
	settings = []string{"max_connections=none"}
	_, err := startCluster(t.Context(), bin, as)
	if err == nil || !strings.Contains(err.Error(), `"max_connections"`) {
		t.Errorf("error %v, want the server's own words", err)
	}
}

// local returns PostgreSQL's programs, from which the tests make others.
func local(t *testing.T) (as *account, bin string) {
	t.Helper()
	as, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	bin, searched := findPrograms(t.Context(), installed, as)
	if bin == "" {
		t.Fatalf("postgres and initdb are not in %v; install PostgreSQL", searched)
	}
	return as, bin
}

func TestDataIsKept(t *testing.T) {
	as, bin := local(t)
	ownCache(t)
	check := func(when string) {
		t.Helper()
		data := filepath.Join(openTemp(t), "data")
		if err := as.own(filepath.Dir(data)); err != nil {
			t.Fatal(err)
		}
		if err := makeData(t.Context(), bin, data, as); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	check("made")
	dir, err := cacheDir(nil)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, want one file", kept)
	}
	check("unpacked")
	if err := os.Truncate(kept[0], 100_000); err != nil {
		t.Fatal(err)
	}
	check("made again")
}

// ownCache keeps the user's cache out of a test.
func ownCache(t *testing.T) {
	t.Helper()
	dir := openTemp(t)
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
}

// openTemp makes a directory like t.TempDir, but one that others can enter.
func openTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgtest-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProgramsAreFound(t *testing.T) {
	root := openTemp(t)
	place := func(path ...string) string {
		dir := filepath.Join(append([]string{root}, path...)...)
		programs(t, dir, map[string]string{"postgres": "", "initdb": ""})
		return dir
	}
	place("lib", "9.6", "bin")
	place("lib", "15", "bin")
	newest := place("lib", "16", "bin")
	if err := os.Remove(filepath.Join(place("lib", "17", "bin"), "initdb")); err != nil {
		t.Fatal(err)
	}
	linked := place("linked")
	pattern := filepath.Join(root, "lib", "*", "bin")
	links := filepath.Join(root, "links")
	if err := os.Mkdir(links, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(linked, "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(root, "config")
	programs(t, config, map[string]string{"pg_config": "echo " + newest})

	for _, tt := range []struct{ name, path, pattern, want string }{
		{"in PATH", linked, pattern, linked},
		{"linked from PATH", links, pattern, linked},
		{"newest version", "", pattern, newest},
		{"pg_config", config, "", newest},
		{"nowhere", "", filepath.Join(root, "none"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PATH", tt.path)
			bin, searched := findPrograms(t.Context(), []string{tt.pattern}, nil)
			if bin != tt.want {
				t.Errorf("found %q, want %q", bin, tt.want)
			}
			if bin == "" && len(searched) != 3 {
				t.Errorf("searched %q", searched)
			}
		})
	}
}

// programs puts shell scripts into a directory.
func programs(t *testing.T, dir string, scripts map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRootRunsTheServerAsAnother(t *testing.T) {
	as, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	if root := os.Geteuid() == 0; root != (as != nil) || root && as.uid == 0 {
		t.Errorf("user %d runs the server as %+v", os.Geteuid(), as)
	}
	dir := openTemp(t)
	inner := filepath.Join(dir, "closed", "inner")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{inner, filepath.Dir(inner)} {
		if err := os.Chmod(dir, 0o755); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	other := &account{uid: 1, gid: 1}
	if !other.canEnter(inner) {
		t.Error("an open directory counts as closed")
	}
	if err := os.Chmod(filepath.Dir(inner), 0o700); err != nil {
		t.Fatal(err)
	}
	if other.canEnter(inner) {
		t.Error("a directory below a closed one counts as open")
	}
	if other.canEnter(filepath.Join(dir, "missing")) {
		t.Error("a missing directory counts as open")
	}
}

func TestProgramsAreFetched(t *testing.T) {
	as, bin := local(t)
	requests := 0
	jar := repositoryJar(t, map[string]string{
		"bin/postgres": fmt.Sprintf("exec %s/postgres \"$@\"", bin),
		"bin/initdb":   fmt.Sprintf("exec %s/initdb \"$@\"", bin),
	})
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if !strings.HasSuffix(r.URL.Path, "-"+string(fetchedVersion)+".jar") {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(jar)
	}))
	t.Cleanup(repository.Close)

	t.Setenv("TMPDIR", openTemp(t)) // the library leaves a log behind
	ownCache(t)
	cache := openTemp(t)
	fetched, err := fetchPrograms(repository.URL, cache, as)
	if err != nil {
		t.Fatal(err)
	}
	before := requests
	if again, err := fetchPrograms(repository.URL, cache, as); err != nil || again != fetched || requests != before {
		t.Errorf("the second time: %s, %v, %d more requests", again, err, requests-before)
	}

	s, err := startCluster(t.Context(), fetched, as)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	if n := scan[int](t, s.url.String(), "SELECT 1"); n != 1 {
		t.Error(n)
	}
	_ = s.admin.Close()
}

func TestRepositoryThatCannotBeReached(t *testing.T) {
	repository := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(repository.Close)
	t.Setenv("TMPDIR", openTemp(t)) // the library leaves a log behind
	cache := openTemp(t)
	_, err := fetchPrograms(repository.URL, cache, nil)
	if err == nil || !strings.Contains(err.Error(), repository.URL) {
		t.Errorf("error %v, want one with the repository's address", err)
	}
	left, err := os.ReadDir(cache)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// repositoryJar is an archive as the repository has them: a tar file,
// compressed, in a zip file.
func repositoryJar(t *testing.T, scripts map[string]string) []byte {
	t.Helper()
	var plain, jar bytes.Buffer
	files := tar.NewWriter(&plain)
	for name, script := range scripts {
		script = "#!/bin/sh\n" + script + "\n"
		if err := files.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(script))}); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write([]byte(script)); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&jar)
	w, err := z.Create("postgres.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(xz(plain.Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return jar.Bytes()
}

// xz wraps at most 64 KiB into an xz file without compressing them: the standard
// library has no writer of that format.
func xz(plain []byte) []byte {
	sum := func(b []byte) []byte { return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)) }
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }

	const crc32Check = "\x00\x01"
	file := append([]byte("\xfd7zXZ\x00"+crc32Check), sum([]byte(crc32Check))...)

	header := []byte{2, 0, 0x21, 1, 0, 0, 0, 0} // 12 bytes, one filter: LZMA2, smallest dictionary
	header = append(header, sum(header)...)
	chunk := append([]byte{1, byte((len(plain) - 1) >> 8), byte(len(plain) - 1)}, plain...)
	chunk = append(chunk, 0)
	unpadded := len(header) + len(chunk) + 4
	file = append(file, header...)
	file = append(file, pad(chunk)...)
	file = append(file, sum(plain)...)

	index := binary.AppendUvarint([]byte{0, 1}, uint64(unpadded))
	index = pad(binary.AppendUvarint(index, uint64(len(plain))))
	index = append(index, sum(index)...)
	file = append(file, index...)

	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, crc32Check...)
	file = append(file, sum(footer)...)
	file = append(file, footer...)
	return append(file, "YZ"...)
}
