package hook

import (
	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// PlatformLinkCodeExpires refuses a code for the platform's bot without an end.
func PlatformLinkCodeExpires() ent.Hook {
	return linkCodeExpires("communitytelegram_platform_code_expires")
}

// PrivateLinkCodeExpires refuses a code for the private bot without an end.
func PrivateLinkCodeExpires() ent.Hook {
	return linkCodeExpires("communitytelegram_private_code_expires")
}

// linkCodeExpires is for a rule about a code and its end.
func linkCodeExpires(name string) ent.Hook {
	r := rule("CommunityTelegram", name)
	code, end := r.Fields[0], r.Fields[1]
	return hold(r, func(c *orm.Change) bool {
		text, _ := orm.NewValue[string](c, code)
		return text == "" || c.New(end) != nil
	})
}
