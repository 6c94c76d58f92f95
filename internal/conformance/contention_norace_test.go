//go:build !race

package conformance

// rounds is how often each contest is held: enough to see a rule that nothing
// keeps. With the race detector there are many more.
const rounds = 5
