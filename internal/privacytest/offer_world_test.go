package privacytest

import (
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/factory"
)

// blogs were written when self was a moderator.
func (b *building) blogs() {
	me := b.people[self]
	as := func(role communitymember.Role) {
		if err := b.client.CommunityMember.UpdateOneID(b.rows["CommunityMember"]).SetRole(role).Exec(b.ctx); err != nil {
			b.t.Fatal(err)
		}
	}
	as(communitymember.RoleModerator)
	defer as(communitymember.RoleMember)
	put(b, "CommunityBlogPost", b.CommunityBlogPost, func(c *ent.CommunityBlogPostCreate) { c.SetCommunityID(b.community).SetWriterID(me) })
	put(b, "CommunityBlogPostReply", b.CommunityBlogPostReply, func(c *ent.CommunityBlogPostReplyCreate) {
		c.SetCommunityBlogPostID(b.rows["CommunityBlogPost"]).SetUserID(me)
	})
	feed := put(b, "PublicFeed", b.PublicFeed, func(c *ent.PublicFeedCreate) { c.SetCommunityID(b.community).SetPostedByID(me) })
	put(b, "PublicFeed, second", b.PublicFeed, func(c *ent.PublicFeedCreate) { c.SetCommunityID(b.community).SetPostedByID(me) })
	put(b, "PublicFeed, closed", b.PublicFeed, func(c *ent.PublicFeedCreate) {
		c.SetCommunityID(b.community).SetPostedByID(me).SetAllowReplies(false)
	})
	put(b, "PublicFeedsAttachment", b.PublicFeedsAttachment, func(c *ent.PublicFeedsAttachmentCreate) { c.SetFeed(feed) })
	put(b, "PublicFeedsLike", b.PublicFeedsLike, func(c *ent.PublicFeedsLikeCreate) { c.SetFeed(feed).SetUserID(me) })
}

func (b *building) classrooms() {
	me := b.people[self]
	room := func(name string, with ...func(*ent.ClassroomCreate)) int64 {
		return put(b, name, b.Classroom, append(with, func(c *ent.ClassroomCreate) { c.SetCommunityID(b.community) })...).ID
	}
	content := func(name string, room int64, with ...func(*ent.ClassroomContentCreate)) int64 {
		return put(b, name, b.ClassroomContent, append(with, func(c *ent.ClassroomContentCreate) {
			c.SetClassroomID(room).SetNotes("notes")
		})...).ID
	}
	attachment := func(name string, content int64) {
		put(b, name, b.ClassroomAttachment, func(c *ent.ClassroomAttachmentCreate) { c.SetContentID(content) })
	}
	gatedRoom := room("Classroom")
	put(b, "ClassroomGroup", b.ClassroomGroup, func(c *ent.ClassroomGroupCreate) {
		c.SetClassroomID(gatedRoom).SetCommunityGroupID(b.rows["CommunityGroup, tier"])
	})
	room("Classroom, for all members")
	room("Classroom, unpublished", func(c *ent.ClassroomCreate) { c.SetIsPublished(false) })
	first := content("ClassroomContent", gatedRoom)
	content("ClassroomContent, second", gatedRoom)
	attachment("ClassroomAttachment", first)
	content("ClassroomContent, hidden", gatedRoom, func(c *ent.ClassroomContentCreate) { c.SetIsActive(false) })
	inOrder := room("Classroom, in order", func(c *ent.ClassroomCreate) { c.SetEnforceProgression(true) })
	content("ClassroomContent, first in order", inOrder)
	attachment("ClassroomAttachment, locked", content("ClassroomContent, locked", inOrder))
	going := room("Classroom, in progress", func(c *ent.ClassroomCreate) { c.SetEnforceProgression(true) })
	done := content("ClassroomContent, done", going)
	attachment("ClassroomAttachment, unlocked", content("ClassroomContent, unlocked", going))
	content("ClassroomContent, last", going)
	put(b, "ClassroomContentCompletion, done", b.ClassroomContentCompletion, func(c *ent.ClassroomContentCompletionCreate) {
		c.SetContentID(done).SetUserID(me)
	})
	put(b, "ClassroomContentCompletion", b.ClassroomContentCompletion, func(c *ent.ClassroomContentCompletionCreate) {
		c.SetContentID(first).SetUserID(me)
	})
	put(b, "ClassroomCertificate", b.ClassroomCertificate, func(c *ent.ClassroomCertificateCreate) {
		c.SetClassroomID(gatedRoom).SetUserID(me)
	})
}

func (b *building) forums() {
	me, tier := b.people[self], b.rows["CommunityGroup, tier"]
	place := func(name string, with ...func(*ent.ForumCreate)) int64 {
		return put(b, name, b.Forum, append(with, func(c *ent.ForumCreate) { c.SetCommunityID(b.community) })...).ID
	}
	gatedForum := place("Forum")
	put(b, "ForumGroup", b.ForumGroup, func(c *ent.ForumGroupCreate) { c.SetForumID(gatedForum).SetCommunityGroupID(tier) })
	open := place("Forum, for all members")
	place("Forum, restricted", func(c *ent.ForumCreate) { c.SetRestrictPostingToOwnersModerators(true) })
	post := func(name string, in int64) int64 {
		return put(b, name, b.Post, func(c *ent.PostCreate) { c.SetForumID(in).SetUserID(me) }).ID
	}
	mine := post("Post", gatedForum)
	post("Post, second", gatedForum)
	post("Post, for all members", open)
	put(b, "PostAttachment", b.PostAttachment, func(c *ent.PostAttachmentCreate) { c.SetPostID(mine) })
	put(b, "PostLike", b.PostLike, func(c *ent.PostLikeCreate) { c.SetPostID(mine).SetUserID(me) })

	of := b.community
	folder := put(b, "Resource", b.Resource, func(c *ent.ResourceCreate) { c.SetCommunityID(of) }).ID
	put(b, "ResourceGroup", b.ResourceGroup, func(c *ent.ResourceGroupCreate) { c.SetResourceID(folder).SetCommunityGroupID(tier) })
	put(b, "Resource, for all members", b.Resource, func(c *ent.ResourceCreate) { c.SetCommunityID(of) })
	put(b, "Resource, hidden", b.Resource, func(c *ent.ResourceCreate) { c.SetCommunityID(of).SetIsActive(false) })
	put(b, "ResourceContent", b.ResourceContent, func(c *ent.ResourceContentCreate) { c.SetResourceID(folder) })
	put(b, "ResourceContent, hidden", b.ResourceContent, func(c *ent.ResourceContentCreate) { c.SetResourceID(folder).SetIsActive(false) })
}

func (b *building) opinions() {
	me, tier, of := b.people[self], b.rows["CommunityGroup, tier"], b.community
	quiz := put(b, "Quiz", b.Quiz, func(c *ent.QuizCreate) { c.SetCommunityID(of) }).ID
	put(b, "QuizGroup", b.QuizGroup, func(c *ent.QuizGroupCreate) { c.SetQuizID(quiz).SetCommunityGroupID(tier) })
	put(b, "Quiz, for all members", b.Quiz, func(c *ent.QuizCreate) { c.SetCommunityID(of) })
	put(b, "QuizSubmission", b.QuizSubmission, func(c *ent.QuizSubmissionCreate) { c.SetQuizID(quiz).SetUserID(me) })

	poll := put(b, "Poll", b.Poll, func(c *ent.PollCreate) { c.SetCommunityID(of) }).ID
	put(b, "PollGroup", b.PollGroup, func(c *ent.PollGroupCreate) { c.SetPollID(poll).SetCommunityGroupID(tier) })
	option := func(name string, of int64) int64 {
		return put(b, name, b.PollOption, func(c *ent.PollOptionCreate) { c.SetPollID(of) }).ID
	}
	voted := option("PollOption", poll)
	option("PollOption, second", poll)
	put(b, "PollVote", b.PollVote, func(c *ent.PollVoteCreate) { c.SetOptionID(voted).SetUserID(me) })
	another := put(b, "Poll, second", b.Poll, func(c *ent.PollCreate) { c.SetCommunityID(of) }).ID
	put(b, "PollGroup, second", b.PollGroup, func(c *ent.PollGroupCreate) { c.SetPollID(another).SetCommunityGroupID(tier) })
	option("PollOption, of the second", another)
	put(b, "Poll, for all members", b.Poll, func(c *ent.PollCreate) { c.SetCommunityID(of) })
}

func (b *building) meetings() {
	me, tier, of := b.people[self], b.rows["CommunityGroup, tier"], b.community
	meeting := func(name string, by who) int64 {
		return put(b, name, b.Meeting, func(c *ent.MeetingCreate) {
			c.SetCommunityID(of).SetCreatedByID(b.people[by]).SetMeetingURL("https://meet.example.com/1")
		}).ID
	}
	put(b, "MeetingGroup", b.MeetingGroup, func(c *ent.MeetingGroupCreate) {
		c.SetMeetingID(meeting("Meeting", self)).SetCommunityGroupID(tier)
	})
	meeting("Meeting, for all members", moderator)
	invited := meeting("Meeting, invited", moderator)
	put(b, "MeetingGroup, invited", b.MeetingGroup, func(c *ent.MeetingGroupCreate) { c.SetMeetingID(invited).SetCommunityGroupID(tier) })
	put(b, "MeetingAttendee", b.MeetingAttendee, func(c *ent.MeetingAttendeeCreate) { c.SetMeetingID(invited).SetUserID(me) })
	put(b, "MeetingAttendee, tierless", b.MeetingAttendee, func(c *ent.MeetingAttendeeCreate) {
		c.SetMeetingID(invited).SetUserID(b.people[tierless])
	})

	series := func(name string, by who) int64 {
		return put(b, name, b.MeetingSeries, func(c *ent.MeetingSeriesCreate) {
			c.SetCommunityID(of).SetCreatedByID(b.people[by]).SetMeetingURL("https://meet.example.com/2")
		}).ID
	}
	put(b, "MeetingSeriesGroup", b.MeetingSeriesGroup, func(c *ent.MeetingSeriesGroupCreate) {
		c.SetSeriesID(series("MeetingSeries", self)).SetCommunityGroupID(tier)
	})
	series("MeetingSeries, for all members", moderator)
	invited = series("MeetingSeries, invited", moderator)
	put(b, "MeetingSeriesGroup, invited", b.MeetingSeriesGroup, func(c *ent.MeetingSeriesGroupCreate) {
		c.SetSeriesID(invited).SetCommunityGroupID(tier)
	})
	put(b, "MeetingSeriesAttendee", b.MeetingSeriesAttendee, func(c *ent.MeetingSeriesAttendeeCreate) { c.SetSeriesID(invited).SetUserID(me) })
	put(b, "MeetingSeriesAttendee, tierless", b.MeetingSeriesAttendee, func(c *ent.MeetingSeriesAttendeeCreate) {
		c.SetSeriesID(invited).SetUserID(b.people[tierless])
	})
}

// chat has a conversation of self and a member with the tier.
func (b *building) chat() {
	talk := put(b, "Conversation", b.Conversation, func(c *ent.ConversationCreate) { c.SetCommunityID(b.community) }).ID
	part := func(name string, v who) {
		put(b, name, b.ConversationParticipant, func(c *ent.ConversationParticipantCreate) { c.SetConversationID(talk).SetUserID(b.people[v]) })
	}
	part("ConversationParticipant", self)
	part("ConversationParticipant, other", tiered)
	put(b, "Message", b.Message, func(c *ent.MessageCreate) { c.SetConversationID(talk).SetSenderID(b.people[self]) })
}

// wheels has a draft, one that is open and one that has been started; self and
// the contributor are in the first and the last.
func (b *building) wheels() {
	circle := func(name string, by who, with ...func(*ent.WheelCreate)) int64 {
		return put(b, name, b.Wheel, append(with, func(c *ent.WheelCreate) {
			c.SetCommunityID(b.community).SetCreatedByID(b.people[by])
		})...).ID
	}
	in := func(name string, wheel int64, v who, with ...func(*ent.WheelParticipantCreate)) int64 {
		return put(b, name, b.WheelParticipant, append(with, func(c *ent.WheelParticipantCreate) {
			c.SetWheelID(wheel).SetUserID(b.people[v]).SetPreferenceMessage("early, please")
		})...).ID
	}
	draft := circle("Wheel", self)
	in("WheelParticipant", draft, self)
	in("WheelParticipant, other", draft, contributor)
	open := circle("Wheel, open", moderator, func(c *ent.WheelCreate) { c.SetStatus(wheel.StatusOpenForJoin) })
	in("WheelParticipant, pending", open, tiered, func(c *ent.WheelParticipantCreate) {
		c.SetApprovalStatus(wheelparticipant.ApprovalStatusPending)
	})
	forming := circle("Wheel, forming", moderator)
	in("WheelParticipant, added", forming, tierless, func(c *ent.WheelParticipantCreate) {
		c.SetApprovalStatus(wheelparticipant.ApprovalStatusPending).SetApprovedByID(b.people[moderator])
	})
	started := circle("Wheel, started", moderator)
	first := in("WheelParticipant, first", started, tiered)
	giver := in("WheelParticipant, giver", started, self)
	third := in("WheelParticipant, third", started, contributor)
	handoff := put(b, "WheelHandoff", b.WheelHandoff, func(c *ent.WheelHandoffCreate) {
		c.SetFromParticipantID(giver).SetToParticipantID(first)
	}).ID
	put(b, "WheelHandoff, done", b.WheelHandoff, func(c *ent.WheelHandoffCreate) {
		c.SetFromParticipantID(third).SetToParticipantID(first).SetStatus(wheelhandoff.StatusActionDone)
	})
	put(b, "WheelHandoffAttachment", b.WheelHandoffAttachment, func(c *ent.WheelHandoffAttachmentCreate) { c.SetWheelHandoffID(handoff) })
}

func (b *building) shop() {
	store := b.rows["CommunityStore"]
	put(b, "CommunityStore, other", b.CommunityStore, func(c *ent.CommunityStoreCreate) { c.SetCommunityID(b.rows["Community, other"]) })
	product := func(name string, with ...func(*ent.StoreProductCreate)) int64 {
		return put(b, name, b.StoreProduct, append(with, func(c *ent.StoreProductCreate) {
			c.SetStoreID(store).SetListedByID(b.people[moderator]).SetNotes("notes").SetFileNoteURL("https://files.example.com/note")
		})...).ID
	}
	product("StoreProduct")
	product("StoreProduct, switched off", func(c *ent.StoreProductCreate) { c.SetIsActive(false) })
	sold := product("StoreProduct, sold")
	bought := put(b, "StorePurchase", b.StorePurchase, func(c *ent.StorePurchaseCreate) {
		c.SetProductID(sold).SetBuyerUserID(b.people[self]).SetStripeCustomerID("cus_1").SetStripePaymentIntentID("pi_1")
	}).ID
	put(b, "StoreDownloadToken", b.StoreDownloadToken, func(c *ent.StoreDownloadTokenCreate) { c.SetPurchaseID(bought) })
}

func (b *building) money() {
	me, tier := b.people[self], b.rows["CommunityGroup, tier"]
	put(b, "AppSubscriptionTier", b.AppSubscriptionTier)
	plan := put(b, "AppSubscriptionTier, subscribed to", b.AppSubscriptionTier).ID
	put(b, "AppSubscriptionTier, switched off", b.AppSubscriptionTier, func(c *ent.AppSubscriptionTierCreate) { c.SetIsActive(false) })
	put(b, "AppSubscriptionTierPrice", b.AppSubscriptionTierPrice, func(c *ent.AppSubscriptionTierPriceCreate) { c.SetTierID(plan) })
	put(b, "AppSubscription", b.AppSubscription, func(c *ent.AppSubscriptionCreate) { c.SetUserID(me).SetTierID(plan) })
	subscription := put(b, "CommunityMemberSubscription", b.CommunityMemberSubscription, func(c *ent.CommunityMemberSubscriptionCreate) {
		c.SetUserID(me).SetCommunityGroupID(tier).SetStripeCustomerID("cus_2").SetStripeSubscriptionID("sub_2")
	}).ID
	put(b, "PaymentTransaction", b.PaymentTransaction, func(c *ent.PaymentTransactionCreate) { c.SetCommunityMemberSubscriptionID(subscription) })
	put(b, "CreatorPayoutAccount", b.CreatorPayoutAccount, func(c *ent.CreatorPayoutAccountCreate) { c.SetUserID(me) })
	put(b, "PayoutProfile", b.PayoutProfile, func(c *ent.PayoutProfileCreate) {
		c.SetUserID(me).SetTaxID(digest).SetIdentityDocumentNumber(digest)
	})
	factory.Must(b.ctx, b.t, b.StorageUsage, func(c *ent.StorageUsageCreate) { c.SetOwnerID(b.people[tiered]) })
}
