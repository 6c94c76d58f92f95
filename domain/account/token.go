package account

import (
	"context"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/ent/user"
)

// How long tokens live.
const (
	VerificationLifetime  = 24 * time.Hour
	PasswordResetLifetime = time.Hour
)

// IssueVerification returns a new token for an active user, 64 characters to be
// sent to the user's address, with which [Service.Verify] confirms the address.
// It lives for [VerificationLifetime] and replaces the user's earlier tokens of
// both kinds. The error is [ErrUserNotFound].
func (s *Service) IssueVerification(ctx context.Context, userID int64) (token string, err error) {
	ctx = acting(ctx)
	token = newToken()
	return token, s.issue(ctx, userID, VerificationLifetime, func(u *ent.UserUpdate) {
		u.SetVerificationToken(token)
	})
}

// IssuePasswordReset returns a new token for an active user, 64 characters to be
// sent to the user's address, with which [Service.ResetPassword] sets another
// password. It lives for [PasswordResetLifetime] and replaces the user's earlier
// tokens of both kinds. The error is [ErrUserNotFound]; see [EmailIs] for how to
// find a user, and answer alike whether there is one or not.
func (s *Service) IssuePasswordReset(ctx context.Context, userID int64) (token string, err error) {
	ctx = acting(ctx)
	token = newToken()
	return token, s.issue(ctx, userID, PasswordResetLifetime, func(u *ent.UserUpdate) {
		u.SetResetPasswordToken(token)
	})
}

// issue stores a token. There is one expiry for both kinds, so that only one of
// them can be in force.
func (s *Service) issue(ctx context.Context, userID int64, lifetime time.Duration, set func(*ent.UserUpdate)) error {
	u := s.Client.User.Update().Where(user.ID(userID), user.IsActive(true))
	set(u)
	n, err := u.SetTokenExpiresAt(s.now().Add(lifetime)).Save(ctx)
	if err == nil && n == 0 {
		err = &Error{Code: ErrUserNotFound}
	}
	return err
}

// Verify confirms the address of the user whom the token was issued for, and
// uses the token up. The error is [ErrInvalidToken].
func (s *Service) Verify(ctx context.Context, token string) (*ent.User, error) {
	ctx = acting(ctx)
	id, err := s.holder(ctx, token, user.VerificationTokenHasPrefix,
		func(u *ent.User) *string { return u.VerificationToken })
	if err != nil {
		return nil, err
	}
	u, err := s.consume(id).Where(user.VerificationToken(token)).SetIsVerified(true).Save(ctx)
	if ent.IsNotFound(err) {
		return nil, &Error{Code: ErrInvalidToken}
	}
	return u, err
}

// ResetPassword gives a new password to the user whom the token was issued for,
// and uses the token up. A pending change of the address is dropped: whoever
// asked for it may be the reason for the reset. The error is [ErrInvalidToken],
// or [ErrInvalidPassword], which leaves the token valid.
func (s *Service) ResetPassword(ctx context.Context, token, password string) (*ent.User, error) {
	ctx = acting(ctx)
	derive, iterations, err := s.hashing()
	if err != nil {
		return nil, err
	}
	if err := checkNew(password); err != nil {
		return nil, err
	}
	id, err := s.holder(ctx, token, user.ResetPasswordTokenHasPrefix,
		func(u *ent.User) *string { return u.ResetPasswordToken })
	if err != nil {
		return nil, err
	}
	encoded, err := encode(derive, password, iterations)
	if err != nil {
		return nil, err
	}
	u, err := dropEmailChange(s.consume(id)).Where(user.ResetPasswordToken(token)).SetPassword(encoded).Save(ctx)
	if ent.IsNotFound(err) {
		return nil, &Error{Code: ErrInvalidToken}
	}
	return u, err
}

// holder finds the user whom a token belongs to. The database looks for the
// beginning of the token only: how long that takes may tell something about the
// beginning, but nothing about the rest, which is compared here and is long
// enough to be a secret by itself.
func (s *Service) holder(ctx context.Context, token string,
	begins func(string) predicate.User, stored func(*ent.User) *string,
) (id int64, err error) {
	const beginning = 16
	if len(token) != tokenSize || !graphic(token) {
		return 0, &Error{Code: ErrInvalidToken}
	}
	users, err := s.Client.User.Query().
		Where(begins(token[:beginning]), user.IsActive(true), user.TokenExpiresAtGT(s.now())).
		All(ctx)
	if err != nil {
		return 0, err
	}
	for _, u := range users {
		if equal(stored(u), token) {
			return u.ID, nil
		}
	}
	return 0, &Error{Code: ErrInvalidToken}
}

// consume uses up a user's tokens, unless they have expired. The caller adds
// which token has to be there still.
func (s *Service) consume(userID int64) *ent.UserUpdateOne {
	return dropTokens(s.Client.User.UpdateOneID(userID).
		Where(user.IsActive(true), user.TokenExpiresAtGT(s.now())))
}

func dropTokens(u *ent.UserUpdateOne) *ent.UserUpdateOne {
	return u.ClearVerificationToken().ClearResetPasswordToken().ClearTokenExpiresAt()
}
