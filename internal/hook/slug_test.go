package hook

import (
	"strings"
	"testing"
)

// What Django's slugify gives.
func TestSlug(t *testing.T) {
	for text, want := range map[string]string{
		"Hello, World!":               "hello-world",
		"  spaces\tand\nlines  ":      "spaces-and-lines",
		"rock & roll -- now":          "rock-roll-now",
		"a - b":                       "a-b",
		"Crème Brûlée ﬁne №1":         "creme-brulee-fine-no1",
		"Àṣà Yorùbá":                  "asa-yoruba",
		"snake_case_":                 "snake_case",
		"_-_x-_":                      "x",
		"Straße":                      "strae",
		"漢字 🙂":                        "",
		"漢字 42":                       "42",
		"no\u00a0break\u2003and\x1f!": "no-break-and",
		"C++ ½ ²":                     "c-12-2",
		"\x00\x07":                    "",
		"\xff":                        "",
		"-- ":                         "",
	} {
		if got := slug(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestShortened(t *testing.T) {
	for n, want := range map[int]string{-1: "", 0: "", 4: "ab-c", 3: "ab", 2: "ab", 9: "ab-cd"} {
		if got := shortened("ab-cd", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := shortened(strings.Repeat("x", 300), 255); len(got) != 255 {
		t.Errorf("%d characters", len(got))
	}
}
