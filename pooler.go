package communitybuilder

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// asText makes a connector of lib/pq with binary parameters send every argument
// as text. Left alone it sends []byte as the binary form of whatever type the
// parameter has, which is right for bytea, that the platform doesn't use, and
// wrong for jsonb.
type asText struct{ driver.Connector }

func (c asText) Connect(ctx context.Context) (driver.Conn, error) {
	dc, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := dc.(pqConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("communitybuilder: %T lacks optional interfaces of database/sql/driver", dc), dc.Close())
	}
	return asTextConn{conn}, nil
}

// pqConn lists what database/sql looks for in a connection of lib/pq.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type asTextConn struct{ pqConn }

func (c asTextConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.pqConn.ExecContext(ctx, query, textArgs(args))
}

func (c asTextConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.pqConn.QueryContext(ctx, query, textArgs(args))
}

func textArgs(args []driver.NamedValue) []driver.NamedValue {
	text := make([]driver.NamedValue, len(args))
	for i, a := range args {
		if b, ok := a.Value.([]byte); ok && b != nil {
			a.Value = string(b)
		}
		text[i] = a
	}
	return text
}
