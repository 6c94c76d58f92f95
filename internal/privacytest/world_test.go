package privacytest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/communitystore"
	"github.com/communitybuilder/communitybuilder/ent/communitytelegram"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/userprofile"
	"github.com/communitybuilder/communitybuilder/factory"
)

// world is a community with everything that the table speaks of.
type world struct {
	client *ent.Client
	people map[who]int64
	rows   map[string]int64
	friend int64 // another member with access to the tier, whom the system acts for
	only   who   // who may do something at all with what is the community's
}

// building is a world on its way.
type building struct {
	*world
	*factory.Factory
	t         *testing.T
	ctx       context.Context
	community int64
}

func newWorld(t *testing.T, client *ent.Client) *world {
	t.Helper()
	w := &world{client: client, people: map[who]int64{}, rows: map[string]int64{}, only: ^who(0)}
	b := &building{world: w, Factory: factory.New(client), t: t, ctx: w.context(t, system)}
	for _, part := range []func(*building){
		(*building).account, (*building).membership, (*building).blogs, (*building).classrooms, (*building).forums,
		(*building).opinions, (*building).meetings, (*building).chat, (*building).wheels, (*building).shop, (*building).money,
	} {
		part(b)
	}
	return w
}

// put makes a row of the world.
func put[E, C any](b *building, name string, build func(context.Context, ...func(*C)) (*E, error), with ...func(*C)) *E {
	b.t.Helper()
	row, err := build(b.ctx, with...)
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	b.rows[name] = reflect.ValueOf(row).Elem().FieldByName("ID").Int()
	return row
}

// id is the only one that a query finds.
func (b *building) id(only func(context.Context) (int64, error)) int64 {
	b.t.Helper()
	id, err := only(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *building) account() {
	u := func(v who, with ...func(*ent.UserCreate)) { b.people[v] = factory.Must(b.ctx, b.t, b.User, with...).ID }
	u(self, func(c *ent.UserCreate) {
		c.SetResetPasswordToken("reset").SetPendingEmail("next@example.com").
			SetEmailChangeCode("123456").SetTokenExpiresAt(soon).SetEmailChangeCodeExpiresAt(soon).SetLastLogin(soon)
	})
	for _, v := range []who{outsider, applicant, blocked, tierless, tiered, expired, contributor, moderator, coOwner, owner, otherOwner, admin, deactivated} {
		u(v)
	}
	u(isStaff, func(c *ent.UserCreate) { c.SetIsStaff(true).SetVerificationToken("verification") })
	b.friend = factory.Must(b.ctx, b.t, b.User).ID
	b.rows["User"], b.rows["User, quiet"], b.rows["User, staff"] = b.people[self], b.people[tierless], b.people[isStaff]
	b.rows["User, contributor"], b.rows["User, tiered"] = b.people[contributor], b.people[tiered]
	put(b, "User, newcomer", b.User)
	put(b, "User, switched off", b.User, func(c *ent.UserCreate) { c.SetIsActive(false) })

	admins := factory.Must(b.ctx, b.t, b.Role, func(c *ent.RoleCreate) { c.SetIsAdminRole(true) })
	factory.Must(b.ctx, b.t, b.UserRole, func(c *ent.UserRoleCreate) { c.SetUserID(b.people[admin]).SetRole(admins) })
	put(b, "Role", b.Role)
	put(b, "Permission", b.Permission)
	put(b, "Permission, second", b.Permission)
	put(b, "RolePermission", b.RolePermission, func(c *ent.RolePermissionCreate) {
		c.SetRoleID(b.rows["Role"]).SetPermissionID(b.rows["Permission"])
	})
	put(b, "UserRole", b.UserRole, func(c *ent.UserRoleCreate) { c.SetUserID(b.people[self]).SetRoleID(b.rows["Role"]) })

	put(b, "UserProfile", b.UserProfile, func(c *ent.UserProfileCreate) {
		c.SetUserID(b.people[self]).SetPhoneNumber("+2348000000000").SetGender(userprofile.GenderFemale).SetDateOfBirth(birthday)
	})
	put(b, "UserProfile, quiet", b.UserProfile, func(c *ent.UserProfileCreate) { c.SetUserID(b.people[tierless]) })
	put(b, "UserProfileSocialLink", b.UserProfileSocialLink, func(c *ent.UserProfileSocialLinkCreate) {
		c.SetUserProfileID(b.rows["UserProfile"])
	})
	put(b, "Tag", b.Tag)
	put(b, "Tag, second", b.Tag)
	put(b, "UserInterest", b.UserInterest, func(c *ent.UserInterestCreate) {
		c.SetUserProfileID(b.rows["UserProfile"]).SetTagID(b.rows["Tag"])
	})
	put(b, "UserAddress", b.UserAddress, func(c *ent.UserAddressCreate) { c.SetUserID(b.people[self]) })
	put(b, "BadgeDefinition", b.BadgeDefinition)
	put(b, "BadgeDefinition, second", b.BadgeDefinition)
	put(b, "UserBadge", b.UserBadge, func(c *ent.UserBadgeCreate) {
		c.SetUserID(b.people[self]).SetBadgeID(b.rows["BadgeDefinition"])
	})
	put(b, "BlogPost", b.BlogPost, func(c *ent.BlogPostCreate) { c.SetWriterID(b.people[isStaff]) })
	put(b, "StorageUsage", b.StorageUsage, func(c *ent.StorageUsageCreate) { c.SetOwnerID(b.people[self]) })
	put(b, "QuizGenerationJob", b.QuizGenerationJob)
}

func (b *building) membership() {
	b.community = put(b, "Community", b.Community).ID
	put(b, "Community, other", b.Community)
	put(b, "Community, bare", b.Community)
	join := func(name string, v who, community int64, role communitymember.Role, with ...func(*ent.CommunityMemberCreate)) {
		put(b, name, b.CommunityMember, append(with, func(c *ent.CommunityMemberCreate) {
			c.SetCommunityID(community).SetUserID(b.people[v]).SetRole(role)
		})...)
	}
	join("CommunityMember, owner", owner, b.community, communitymember.RoleOwner)
	join("CommunityMember, co_owner", coOwner, b.community, communitymember.RoleCoOwner)
	join("CommunityMember, moderator", moderator, b.community, communitymember.RoleModerator)
	join("CommunityMember, contributor", contributor, b.community, communitymember.RoleContributor)
	join("CommunityMember", self, b.community, communitymember.RoleMember, func(c *ent.CommunityMemberCreate) { c.SetApprovedByID(b.people[moderator]) })
	join("CommunityMember, applicant", applicant, b.community, communitymember.RoleApplicant)
	join("CommunityMember, blocked", blocked, b.community, communitymember.RoleMember, func(c *ent.CommunityMemberCreate) {
		c.SetBlockedByID(b.people[moderator])
	})
	for _, v := range []who{tierless, tiered, expired} {
		join("CommunityMember, "+names[v], v, b.community, communitymember.RoleMember)
	}
	join("CommunityMember, other", otherOwner, b.rows["Community, other"], communitymember.RoleOwner)
	factory.Must(b.ctx, b.t, b.CommunityMember, func(c *ent.CommunityMemberCreate) { c.SetCommunityID(b.community).SetUserID(b.friend) })

	join("CommunityMember, deactivated", deactivated, b.community, communitymember.RoleCoOwner)
	if err := b.client.User.UpdateOneID(b.people[deactivated]).SetIsActive(false).Exec(b.ctx); err != nil {
		b.t.Fatal(err)
	}
	put(b, "CommunityMember, second moderator", b.CommunityMember, func(c *ent.CommunityMemberCreate) {
		c.SetCommunityID(b.community).SetRole(communitymember.RoleModerator)
	})

	group := func(name string, with ...func(*ent.CommunityGroupCreate)) int64 {
		return put(b, name, b.CommunityGroup, append(with, func(c *ent.CommunityGroupCreate) { c.SetCommunityID(b.community) })...).ID
	}
	group("CommunityGroup")
	group("CommunityGroup, free")
	group("CommunityGroup, switched off", func(c *ent.CommunityGroupCreate) { c.SetIsActive(false) })
	tier := group("CommunityGroup, tier")
	put(b, "CommunityGroupPrice, first", b.CommunityGroupPrice, func(c *ent.CommunityGroupPriceCreate) { c.SetCommunityGroupID(tier) })
	put(b, "CommunityGroupPrice", b.CommunityGroupPrice, func(c *ent.CommunityGroupPriceCreate) { c.SetCommunityGroupID(tier) })
	access := func(name string, user int64, with ...func(*ent.CommunityGroupAccessCreate)) {
		put(b, name, b.CommunityGroupAccess, append(with, func(c *ent.CommunityGroupAccessCreate) {
			c.SetCommunityGroupID(tier).SetUserID(user)
		})...)
	}
	access("CommunityGroupAccess", b.people[self])
	access("CommunityGroupAccess, tiered", b.people[tiered])
	access("CommunityGroupAccess, blocked", b.people[blocked])
	access("CommunityGroupAccess, friend", b.friend)
	access("CommunityGroupAccess, deactivated", b.people[deactivated])
	access("CommunityGroupAccess, expired", b.people[expired], func(c *ent.CommunityGroupAccessCreate) {
		c.SetExpiresAt(time.Now().Add(-time.Hour))
	})

	of := b.community
	put(b, "CommunityLike", b.CommunityLike, func(c *ent.CommunityLikeCreate) { c.SetCommunityID(of).SetUserID(b.people[self]) })
	put(b, "CommunityView", b.CommunityView, func(c *ent.CommunityViewCreate) { c.SetCommunityID(of).SetUserID(b.people[self]) })
	put(b, "CommunityBadgeDefinition", b.CommunityBadgeDefinition, func(c *ent.CommunityBadgeDefinitionCreate) { c.SetCommunityID(of) })
	put(b, "CommunityBadgeDefinition, second", b.CommunityBadgeDefinition, func(c *ent.CommunityBadgeDefinitionCreate) { c.SetCommunityID(of) })
	put(b, "CommunityMemberBadge", b.CommunityMemberBadge, func(c *ent.CommunityMemberBadgeCreate) {
		c.SetCommunityMemberID(b.rows["CommunityMember"]).SetCommunityBadgeID(b.rows["CommunityBadgeDefinition"])
	})
	put(b, "CommunitySocialLink", b.CommunitySocialLink, func(c *ent.CommunitySocialLinkCreate) { c.SetCommunityID(of) })
	put(b, "CommunityTag", b.CommunityTag, func(c *ent.CommunityTagCreate) { c.SetCommunityID(of).SetTagID(b.rows["Tag"]) })
	b.rows["CommunityTelegram"] = b.id(b.client.CommunityTelegram.Query().Where(communitytelegram.CommunityID(of)).OnlyID)
	if err := b.client.CommunityTelegram.UpdateOneID(b.rows["CommunityTelegram"]).
		SetToken("token").SetPlatformLinkCode("platform").SetPrivateLinkCode("private").
		SetPlatformLinkCodeExpires(soon).SetPrivateLinkCodeExpires(soon).Exec(b.ctx); err != nil {
		b.t.Fatal(err)
	}
	put(b, "CommunityFeedback", b.CommunityFeedback, func(c *ent.CommunityFeedbackCreate) { c.SetCommunityID(of).SetUserID(b.people[self]) })
	put(b, "CommunityLeaveReason", b.CommunityLeaveReason, func(c *ent.CommunityLeaveReasonCreate) { c.SetCommunityID(of) })
	put(b, "CommunityAbuseReport", b.CommunityAbuseReport, func(c *ent.CommunityAbuseReportCreate) { c.SetCommunityID(of).SetUserID(b.people[self]) })
	b.rows["Forum, town_hall"] = b.id(b.client.Forum.Query().Where(forum.CommunityID(of), forum.Name("town_hall")).OnlyID)
	b.rows["CommunityStore"] = b.id(b.client.CommunityStore.Query().Where(communitystore.CommunityID(of)).OnlyID)
}
