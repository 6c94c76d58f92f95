// Command benchbuild measures what it costs to compile a program that uses the
// client: examples/quickstart, once as it is and once on the client that ent's
// stock templates make of the same graph with GraphQL support (entgql with its
// schema generator and where inputs). Each build begins with an empty cache.
//
//	make bench-build
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const module = "github.com/communitybuilder/communitybuilder"

func main() {
	log.SetFlags(0)
	root := flag.String("root", "../..", "the repository")
	runs := flag.Int("runs", 2, "builds of each")
	flag.Parse()
	dir, err := os.MkdirTemp("", "benchbuild")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	stock := filepath.Join(dir, "stock")
	if err := makeStock(*root, stock); err != nil {
		log.Fatal(err)
	}
	fmt.Println("| client | generated lines | run | wall time | peak memory |")
	fmt.Println("|---|---|---|---|---|")
	for _, client := range []struct{ name, dir string }{{"this module", *root}, {"stock ent", stock}} {
		lines, err := generatedLines(filepath.Join(client.dir, "ent"))
		if err != nil {
			log.Fatal(err)
		}
		for run := range *runs {
			wall, peak, err := build(client.dir, filepath.Join(dir, fmt.Sprint(client.name, run)))
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("| %s | %d | %d | %.0f s | %.2f GB |\n", client.name, lines, run+1, wall.Seconds(), float64(peak)/1e9)
		}
	}
}

// makeStock makes a module with the same schema, hooks and policies aside, and the
// same quickstart, whose client is that of ent's stock templates.
func makeStock(root, dir string) error {
	for _, part := range []string{"ent/schema", "examples/quickstart", "viewer"} {
		err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(root, part)))
		if err != nil {
			return err
		}
	}
	own, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	for from, to := range map[string]string{"go.mod": "go.mod", "go.sum": "go.sum", "stock/entc.go.txt": "ent/entc.go", "stock/open.go.txt": "open.go", "stock/graphql.go.txt": "ent/schema/schematype/graphql.go"} {
		b, err := os.ReadFile(filepath.Join(own, from))
		if err != nil {
			return err
		}
		b = bytes.Replace(b, []byte("module "+module+"/tools/benchbuild"), []byte("module "+module), 1)
		if err := os.WriteFile(filepath.Join(dir, to), b, 0o644); err != nil {
			return err
		}
	}
	if err := withoutRules(filepath.Join(dir, "ent/schema")); err != nil {
		return err
	}
	return command(filepath.Join(dir, "ent"), "go", "run", "entc.go")
}

func command(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// generatedLines counts the lines of the client without the schema.
func generatedLines(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "schema":
			return fs.SkipDir
		case filepath.Ext(path) != ".go":
			return nil
		}
		b, err := os.ReadFile(path)
		n += bytes.Count(b, []byte("\n"))
		return err
	})
	return n, err
}

// build compiles the quickstart with an empty cache. The peak is that of the
// resident memory of all processes of the build together.
func build(dir, cache string) (wall time.Duration, peak int64, err error) {
	defer os.RemoveAll(cache)
	cmd := exec.Command("go", "build", "-o", os.DevNull, "./examples/quickstart")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOCACHE="+cache, "GOFLAGS=-mod=mod")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				err = fmt.Errorf("build in %s: %w\n%s", dir, err, &out)
			}
			return time.Since(begin), peak, err
		case <-tick.C:
			peak = max(peak, resident(cmd.Process.Pid))
		}
	}
}

// resident is the resident memory of a process and its descendants, in bytes
// (Linux).
func resident(root int) int64 {
	children := make(map[int][]int)
	memory := make(map[int]int64)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// The name in parentheses may contain anything, the fields behind don't.
		fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(fields[1])
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		children[parent] = append(children[parent], pid)
		memory[pid] = pages * int64(os.Getpagesize())
	}
	var sum func(pid int) int64
	sum = func(pid int) int64 {
		total := memory[pid]
		for _, c := range children[pid] {
			total += sum(c)
		}
		return total
	}
	return sum(root)
}
