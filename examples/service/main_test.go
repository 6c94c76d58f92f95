package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestEachRequestHasItsViewer(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, f := conformance.System(t), factory.New(d.Client)
		forum := factory.Must(ctx, t, f.Forum)
		author := factory.Must(ctx, t, f.User)
		factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetForum(forum).SetAuthor(author).SetMessage("only among us") })
		join := func(role communitymember.Role) *ent.User {
			user := factory.Must(ctx, t, f.User)
			factory.Must(ctx, t, f.CommunityMember, func(c *ent.CommunityMemberCreate) {
				c.SetCommunityID(forum.CommunityID).SetUser(user).SetRole(role)
			})
			return user
		}
		member, coOwner, outsider := join(communitymember.RoleMember), join(communitymember.RoleCoOwner), factory.Must(ctx, t, f.User)

		posts := "/forums/" + strconv.FormatInt(forum.ID, 10) + "/posts"
		rename := "/communities/" + strconv.FormatInt(forum.CommunityID, 10) + "?name=Ours"
		for _, tt := range []struct {
			name, method, path string
			as                 *ent.User
			status             int
			body               string
		}{
			{"a member reads", "GET", posts, member, http.StatusOK, "only among us"},
			{"an outsider doesn't", "GET", posts, outsider, http.StatusNotFound, `"not_found"`},
			{"nor does nobody in particular", "GET", posts, nil, http.StatusNotFound, `"not_found"`},
			{"a member doesn't rename", "PATCH", rename, member, http.StatusForbidden, `"forbidden"`},
			{"a co-owner does", "PATCH", rename, coOwner, http.StatusOK, `"Ours"`},
		} {
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, nil)
			if tt.as != nil {
				r.Header.Set("X-User", strconv.FormatInt(tt.as.ID, 10))
			}
			w := httptest.NewRecorder()
			asViewer(trusting, routes(d.Client)).ServeHTTP(w, r)
			if got := w.Body.String(); w.Code != tt.status || !strings.Contains(got, tt.body) || strings.Contains(got, author.Email) {
				t.Errorf("%s: %d %s, want %d and %s, and nobody's e-mail address", tt.name, w.Code, got, tt.status, tt.body)
			}
		}

		past := httptest.NewRecorder()
		routes(d.Client).ServeHTTP(past, httptest.NewRequestWithContext(t.Context(), "GET", posts, nil))
		if past.Code != http.StatusInternalServerError {
			t.Errorf("without a viewer: %d, want 500", past.Code)
		}
	})
}
