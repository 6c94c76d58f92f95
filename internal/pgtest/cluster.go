//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	superuser = "postgres"
	owner     = "pgtest" // an ordinary role
	port      = "5432"   // names the socket's file, nothing else
)

// settings give up everything that only matters after a crash.
var settings = []string{
	"fsync=off",
	"synchronous_commit=off",
	"full_page_writes=off",
	"wal_level=minimal",
	"max_wal_senders=0",
	"max_wal_size=256MB",
	"autovacuum=off", // so that plans do not change in the middle of a test
	"max_connections=400",
	"timezone=UTC",
	"log_timezone=UTC",
	"log_min_messages=log", // no errors of statements: tests provoke them
	"log_checkpoints=off",
}

// guard runs the server as long as its standard input is open, and then cleans
// up. The other end of that pipe is held by the test process, so that it closes
// however that ends, be it killed. A signal to stop has the same effect.
// Standard error is left to the server alone: its end tells that the server has
// ended.
const guard = `
dir=$1
shift
trap : HUP INT TERM
"$@" </dev/null &
server=$!
exec 2>/dev/null
read -r _
kill -INT $server
wait $server
rm -rf "$dir" || true
`

// startCluster makes and starts a throw-away server.
func startCluster(ctx context.Context, bin string, as *account) (_ *server, err error) {
	dir, err := workDir(as)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := makeData(ctx, bin, data, as); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}

	args := []string{"-c", guard, "sh", dir, filepath.Join(bin, "postgres"),
		"-D", data, "-k", dir, "-p", port, "-c", "listen_addresses="}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = dir, environ(), as.attr()
	lifeline, errIn := cmd.StdinPipe()
	stderr, errOut := cmd.StderrPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	var log tail
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(&log, stderr)
		close(ended)
	}()

	stop := sync.OnceValue(func() error {
		_ = lifeline.Close()
		// A server that will not end is killed, with its guard.
		hang := time.AfterFunc(30*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		defer hang.Stop()
		<-ended
		// The guard can't remove the directory itself if its parent is root's.
		return errors.Join(cmd.Wait(), os.RemoveAll(dir))
	})
	s, err := newServer(&url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Path:     "/postgres",
		RawQuery: url.Values{"host": {dir}, "port": {port}, "sslmode": {"disable"}}.Encode(),
	}, url.User(owner), stop)
	if err == nil {
		err = s.prepare(ctx, ended)
	}
	if err != nil {
		_ = stop()
		return nil, fmt.Errorf("%s/postgres does not start: %w\n%s", bin, err, log.String())
	}
	return s, nil
}

// prepare makes a server that was just started ready for use.
func (s *server) prepare(ctx context.Context, ended <-chan struct{}) (err error) {
	if err := s.awaitReady(ctx, ended); err != nil {
		return err
	}
	if _, err := s.admin.ExecContext(ctx, "CREATE ROLE "+owner+" LOGIN"); err != nil {
		return err
	}
	s.strategy, err = strategy(ctx, s.admin)
	return err
}

// awaitReady connects until that succeeds, the server has ended, or a minute
// has passed.
func (s *server) awaitReady(ctx context.Context, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for {
		err := s.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-retry.C:
		case <-ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return err
		}
	}
}

// workDir makes the directory for the server's files and its socket.
func workDir(as *account) (string, error) {
	base := os.TempDir()
	if os.Getenv("TMPDIR") == "" && roomInMemory() {
		base = memory
	}
	// The path of a socket has to fit in some hundred bytes.
	if len(base) > 60 || !as.canEnter(base) {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "pgtest-")
	if err != nil {
		return "", err
	}
	return dir, as.own(dir)
}

// environ is the environment without what would change how PostgreSQL behaves.
func environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG")
	})
	return append(env, "LC_ALL=C", "TZ=UTC")
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-8<<10):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}
