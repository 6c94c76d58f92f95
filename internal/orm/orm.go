// Package orm is the runtime of the generated client: what every entity's
// builders do, written once. The generated code in package ent gives it types
// and names; this package runs the statements, through ent's own sqlgraph.
//
// It exists because ent's stock templates write all of it out again for each
// entity, which is most of what a program that imports the client has to compile.
//
// State is reached through functions, not methods, so that the builders which
// embed it show their users nothing but what they are meant to call.
package orm

import (
	"context"
	"fmt"
	"sync"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
)

// Config is what a client hands to each of its builders and rows.
type Config struct {
	driver dialect.Driver
	log    func(...any)
	debug  bool
	local  *local
}

// local holds the hooks and interceptors that were added to one client, by the
// name of the entity they are for.
type local struct {
	mu     sync.RWMutex
	hooks  map[string][]ent.Hook
	inters map[string][]ent.Interceptor
}

// NewConfig is the configuration of a client on the given driver.
func NewConfig(drv dialect.Driver, debug bool, log func(...any)) Config {
	if debug {
		drv = dialect.Debug(drv, log)
	}
	return Config{
		driver: drv, debug: debug, log: log,
		local: &local{hooks: map[string][]ent.Hook{}, inters: map[string][]ent.Interceptor{}},
	}
}

// Driver is the driver that statements run on.
func Driver(c Config) dialect.Driver { return c.driver }

// WithDriver is the same configuration on another driver, such as a transaction.
func WithDriver(c Config, drv dialect.Driver) Config {
	c.driver = drv
	return c
}

// Debug is the same configuration with every statement logged.
func Debug(c Config) Config {
	if c.debug {
		return c
	}
	c.debug, c.driver = true, dialect.Debug(c.driver, c.log)
	return c
}

// Use adds hooks for one entity.
func Use(c Config, t *Type, hooks ...ent.Hook) {
	c.local.mu.Lock()
	defer c.local.mu.Unlock()
	c.local.hooks[t.Name] = append(c.local.hooks[t.Name], hooks...)
}

// Intercept adds interceptors for one entity.
func Intercept(c Config, t *Type, inters ...ent.Interceptor) {
	c.local.mu.Lock()
	defer c.local.mu.Unlock()
	c.local.inters[t.Name] = append(c.local.inters[t.Name], inters...)
}

// Hooks are the hooks of one entity: the client's own around those of the schema.
// What the client's own make of a mutation is for the policy again.
func Hooks(c Config, t *Type) []ent.Hook {
	c.local.mu.RLock()
	defer c.local.mu.RUnlock()
	own := c.local.hooks[t.Name]
	if len(own) > 0 {
		own = append(own[:len(own):len(own)], permitAgain)
	}
	return append(own[:len(own):len(own)], t.hooks...)
}

// Interceptors are the interceptors of one entity, the client's own first.
func Interceptors(c Config, t *Type) []ent.Interceptor {
	c.local.mu.RLock()
	defer c.local.mu.RUnlock()
	own := c.local.inters[t.Name]
	return append(own[:len(own):len(own)], t.inters...)
}

// transactional is a driver that carries a transaction in the context.
type transactional interface {
	InTx(ctx context.Context, fn func(context.Context) error) error
}

// inTx runs fn in the transaction of the context or in one of its own, where the
// driver, or the transaction, knows how; elsewhere it just runs fn.
func inTx(ctx context.Context, on any, fn func(context.Context) error) error {
	if d, ok := undebugged(on).(transactional); ok {
		return d.InTx(ctx, fn)
	}
	return fn(ctx)
}

// undebugged is a driver or a transaction without what logs its statements.
func undebugged(on any) any {
	for {
		switch d := on.(type) {
		case *dialect.DebugDriver:
			on = d.Driver
		case *dialect.DebugTx:
			on = d.Tx
		default:
			return on
		}
	}
}

// Must panics on an error; the X methods of builders are for programs that
// have nothing better to do with one.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// unexpected reports a hook or interceptor that returned a value of a wrong type.
func unexpected(want, got any) error {
	return fmt.Errorf("ent: unexpected type %T returned, expected %T", got, want)
}
