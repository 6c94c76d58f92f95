package account

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/ent/user"
)

// Authenticate returns the active user with that address and password, and notes
// the time in last_login. Upper and lower case of the address don't matter. A
// hash of fewer than the Service's iterations, or with a short salt, is replaced. Whether the address
// has been verified is for the caller to ask (IsVerified).
//
// The error is [ErrCredentials], after the same amount of hashing whatever the
// reason. Where a stored password can't be checked, the chain has the error of
// [VerifyPassword] too.
func (s *Service) Authenticate(ctx context.Context, email, password string) (*ent.User, error) {
	ctx = acting(ctx)
	u, err := s.check(ctx, EmailIs(email), password)
	if err != nil {
		return nil, err
	}
	u, err = s.Client.User.UpdateOne(u).Where(user.IsActive(true)).SetLastLogin(s.now()).Save(ctx)
	if ent.IsNotFound(err) { // deactivated or deleted meanwhile
		return nil, &Error{Code: ErrCredentials}
	}
	return u, err
}

// CheckPassword asks a user who is signed in for the password again, such as
// before something that can't be undone. It does what [Service.Authenticate]
// does, except for last_login. The error is [ErrCredentials].
func (s *Service) CheckPassword(ctx context.Context, userID int64, password string) error {
	ctx = acting(ctx)
	_, err := s.check(ctx, user.ID(userID), password)
	return err
}

// check finds an active user who has the password.
func (s *Service) check(ctx context.Context, who predicate.User, password string) (*ent.User, error) {
	derive, iterations, err := s.hashing()
	if err != nil {
		return nil, err
	}
	u, err := s.Client.User.Query().Where(who).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, err
	}

	var h hash
	var unreadable error
	if u != nil {
		h, unreadable = parse(u.Password)
	}
	ok, err := h.matches(derive, password)
	if err != nil {
		return nil, err
	}
	if !ok || !u.IsActive {
		// What wasn't spent on hashing is spent now, or the time would tell
		// which addresses have an active account.
		if rest := iterations - h.iterations; rest > 0 {
			if _, err := derive(password, "the salt of nobody", rest); err != nil {
				return nil, err
			}
		}
		return nil, &Error{Code: ErrCredentials, Err: unreadable}
	}
	if h.weak(iterations) {
		encoded, err := encode(derive, password, max(iterations, h.iterations))
		if err != nil {
			return nil, err
		}
		// Unless the password has been changed meanwhile.
		unchanged := s.Client.User.Update().Where(user.ID(u.ID), user.Password(u.Password))
		return u, unchanged.SetPassword(encoded).Exec(ctx)
	}
	return u, nil
}
