//go:build race

package conformance

// rounds is how often each contest is held.
const rounds = 200
