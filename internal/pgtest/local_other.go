//go:build !unix

package pgtest

import (
	"context"
	"errors"
)

func startLocal(context.Context) (*server, error) {
	return nil, errors.New("a throw-away server needs a Unix system")
}
