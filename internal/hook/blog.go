package hook

import (
	"strings"
	"sync"
	"time"

	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// BlogSlug gives a post of the platform's blog without a slug one of its title
// and the time.
func BlogSlug() ent.Hook { return datedSlug("blog-post") }

// CommunityBlogSlug gives a post of a community's blog without a slug one of its
// title and the time.
func CommunityBlogSlug() ent.Hook { return datedSlug("community-blog-post") }

// datedSlug makes slugs of the title, or of the fallback where nothing is left of
// it. A long title is cut to make room for the time.
func datedSlug(fallback string) ent.Hook {
	const size = 255
	return before(ent.OpCreate, func(m ent.Mutation) error {
		c := orm.Alone(m)
		if given, _ := orm.NewValue[string](c, "slug"); given != "" {
			return nil
		}
		title, _ := orm.NewValue[string](c, "title")
		base, suffix := slug(title), "-"+stamp(slugTimes.next())
		if base == "" {
			base = fallback
		}
		c.Put("slug", shortened(base, size-len(suffix))+suffix)
		return nil
	})
}

// stamp is a time as digits, down to the microsecond.
func stamp(t time.Time) string {
	return strings.Replace(t.Format("20060102150405.000000"), ".", "", 1)
}

// slugTimes tells the posts apart that one program makes with the same title.
var slugTimes clock

// A clock tells the time, to the microsecond, and never the same time twice.
type clock struct {
	mu   sync.Mutex
	last time.Time
}

func (c *clock) next() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := now()
	if !t.After(c.last) {
		t = c.last.Add(time.Microsecond)
	}
	c.last = t
	return t
}
