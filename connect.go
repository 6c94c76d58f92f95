package communitybuilder

import (
	"context"
	"database/sql/driver"
	"net"
	"sync"
	"time"

	"github.com/lib/pq"
)

// interruptible opens connections of lib/pq, and gives up when the context
// ends. lib/pq itself heeds the context while it dials, and not while it waits
// for what the server has to say.
type interruptible struct{ cfg pq.Config }

func (c interruptible) Driver() driver.Driver { return pq.Driver{} }

func (c interruptible) Connect(ctx context.Context) (driver.Conn, error) {
	connector, err := pq.NewConnectorConfig(c.cfg)
	if err != nil {
		return nil, err
	}
	d := new(dialer)
	connector.Dialer(d)
	stop := context.AfterFunc(ctx, d.interrupt)
	conn, err := connector.Connect(ctx)
	d.forget()
	if !stop() {
		if err == nil {
			_ = conn.Close() // it may have been interrupted
		}
		return nil, ctx.Err()
	}
	return conn, err
}

// dialer remembers the connections that it makes until forget is called.
type dialer struct {
	net.Dialer

	mu        sync.Mutex
	conns     []net.Conn
	connected bool
}

func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	if !d.connected {
		d.conns = append(d.conns, conn)
	}
	d.mu.Unlock()
	if err := ctx.Err(); err != nil { // perhaps interrupt came before
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// interrupt closes the connections.
func (d *dialer) interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.conns {
		_ = c.Close()
	}
}

// forget leaves the connections alone from now on: lib/pq has one, and makes
// others to cancel its statements.
func (d *dialer) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conns, d.connected = nil, true
}
