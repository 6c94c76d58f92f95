package attack

import (
	"context"
	"slices"
	"testing"

	entgo "entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupaccess"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/factory"
)

// Rows are loaded along an edge by a statement of their own: a right that is taken
// away before it counts, whatever the rows are loaded from.
func TestWhatIsLoadedAlongAnEdgeIsSeenThen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		factory.Must(w.system, t, w.f.PostLike, func(c *ent.PostLikeCreate) { c.SetPost(w.open).SetUser(w.other) })
		between := func() {}
		w.Client.PostLike.Intercept(entgo.InterceptFunc(func(next entgo.Querier) entgo.Querier {
			return entgo.QuerierFunc(func(ctx context.Context, q entgo.Query) (entgo.Value, error) {
				between()
				return next.Query(ctx, q)
			})
		}))
		one, both := []int64{w.open.ID}, []int64{w.open.ID, w.hidden.ID}
		for _, step := range []struct {
			name    string
			as      context.Context
			posts   []int64
			between func()
			liked   []int64
		}{
			{"posts of one forum", w.attacker, one, nil, one},
			{"posts of two forums", w.payer, both, nil, both},
			{"the tier of one ends", w.payer, both, func() {
				w.Client.CommunityGroupAccess.Update().Where(communitygroupaccess.UserID(w.other.ID)).SetIsActive(false).ExecX(w.system)
			}, one},
			{"the viewer is blocked", w.attacker, one, func() {
				w.Client.CommunityMember.Update().Where(communitymember.UserID(w.me.ID)).SetIsBlocked(true).ExecX(w.system)
			}, nil},
		} {
			between = func() {}
			if step.between != nil {
				between = step.between
			}
			posts, err := w.Client.Post.Query().Where(post.IDIn(step.posts...)).Order(ent.Asc(post.FieldID)).WithLikes().All(step.as)
			if err != nil || len(posts) != len(step.posts) {
				t.Fatalf("%s: %d posts, %v", step.name, len(posts), err)
			}
			var liked []int64
			for _, p := range posts {
				if len(p.Edges.Likes) > 0 {
					liked = append(liked, p.ID)
				}
			}
			if !slices.Equal(liked, step.liked) {
				t.Errorf("%s: likes of %v, want of %v", step.name, liked, step.liked)
			}
		}
	})
}
