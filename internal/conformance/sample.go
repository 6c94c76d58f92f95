package conformance

import (
	"os"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// sampleVariable names the environment's dump of a database that the platform's
// services have written.
const sampleVariable = "SAMPLE_DATABASE"

// Sample returns the URL of a database that the platform's services have written,
// as far as the environment has one; else "", and the test makes rows that are
// like theirs.
func Sample(t testing.TB) (url string) {
	t.Helper()
	path := os.Getenv(sampleVariable)
	if path == "" {
		return ""
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%s: %v", sampleVariable, err)
	}
	return pgtest.New(t, pgtest.Dump(string(script)))
}
