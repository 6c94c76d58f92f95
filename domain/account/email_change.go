package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/user"
)

// EmailChangeLifetime is how long the code of an e-mail change lives: long enough
// for a slow mail server, and for an open mailbox to be found.
const EmailChangeLifetime = 15 * time.Minute

// RequestEmailChange notes the address that is to replace an active user's, and
// returns a code of six digits, to be sent to the new address. It lives for
// [EmailChangeLifetime] and replaces an earlier request.
//
// The error is [ErrUserNotFound] or [ErrInvalidEmail]. Whether the address
// belongs to another account is not told.
func (s *Service) RequestEmailChange(ctx context.Context, userID int64, address string) (code string, err error) {
	ctx = acting(ctx)
	address, err = NormaliseEmail(address)
	if err != nil {
		return "", err
	}
	code, err = newCode()
	if err != nil {
		return "", err
	}
	n, err := s.Client.User.Update().Where(user.ID(userID), user.IsActive(true)).
		SetPendingEmail(address).
		SetEmailChangeCode(code).
		SetEmailChangeCodeExpiresAt(s.now().Add(EmailChangeLifetime)).
		Save(ctx)
	switch {
	case err != nil:
		return "", err
	case n == 0:
		return "", &Error{Code: ErrUserNotFound}
	}
	return code, nil
}

// ConfirmEmailChange replaces the address of a user by the one that was
// requested, if the code is right. The new address counts as verified; tokens
// that were sent to the old one are void.
//
// There is one try a code: a wrong one drops the request, and of many at once
// the first decides. Guessing therefore takes a million requests on average,
// each of which sends a message. So that a wrong try is not rolled back the
// method refuses to be part of a transaction.
//
// The error is [ErrInvalidCode]; [ErrEmailTaken] if another account has the
// address, which leaves the request in force; or [ErrInTransaction].
func (s *Service) ConfirmEmailChange(ctx context.Context, userID int64, code string) (*ent.User, error) {
	ctx = acting(ctx)
	if inTransaction(ctx) {
		return nil, ErrInTransaction
	}
	u, err := s.Client.User.Query().
		Where(user.ID(userID), user.IsActive(true), user.PendingEmailNotNil(), user.EmailChangeCodeNotNil()).
		Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, &Error{Code: ErrInvalidCode}
	case err != nil:
		return nil, err
	}
	right, now := equal(u.EmailChangeCode, code), s.now()
	var changed *ent.User
	err = cb.Tx(ctx, s.Client, func(ctx context.Context, tx *ent.Client) (err error) {
		// Every try, right or wrong, is one statement that needs the request to
		// be there and ends it: only the first one finds it.
		change := dropEmailChange(tx.User.UpdateOneID(userID)).Where(
			user.IsActive(true),
			user.PendingEmail(*u.PendingEmail),
			user.EmailChangeCode(*u.EmailChangeCode),
		)
		if right {
			dropTokens(change).
				Where(user.EmailChangeCodeExpiresAtGT(now)).
				SetEmail(*u.PendingEmail).
				SetIsVerified(true)
		}
		changed, err = change.Save(ctx)
		return err
	})
	switch {
	case ent.IsNotFound(err), err == nil && !right:
		return nil, &Error{Code: ErrInvalidCode}
	case errors.Is(err, cb.ErrTxClient):
		return nil, fmt.Errorf("%w: %w", ErrInTransaction, err)
	case err != nil:
		return nil, err
	}
	return changed, nil
}

// inTransaction tells whether what is done with ctx can be rolled back later.
func inTransaction(ctx context.Context) bool {
	inside := true
	cb.AfterCommit(ctx, func(context.Context) { inside = false }) // at once, outside of a transaction
	return inside
}

func dropEmailChange(u *ent.UserUpdateOne) *ent.UserUpdateOne {
	return u.ClearPendingEmail().ClearEmailChangeCode().ClearEmailChangeCodeExpiresAt()
}
