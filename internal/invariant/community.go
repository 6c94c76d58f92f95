package invariant

import "github.com/communitybuilder/communitybuilder/apierror"

var communityRules = []*Rule{
	Rule{
		Name: "community_alias_format", Table: "Community", Fields: []string{"alias"},
		Code: apierror.InvalidValue, Says: "must consist of letters, digits, hyphens and underscores", Reason: "it stands in URLs",
	}.by(Check{
		// Not at least one: other services slug a name without usable letters to nothing.
		Postgres: "((alias)::text ~ '^[a-zA-Z0-9_-]*$'::text)",
		SQLite:   "alias NOT GLOB '*[^a-zA-Z0-9_-]*'",
	}),
	once("Community", "community_alias", apierror.AliasTaken, "must not be the alias of another community",
		"an alias names one community in URLs", "alias"),
	counted("Community", "flag_count", "it counts abuse reports"),

	once("CommunityMember", "communitymember_user_id_community_id", apierror.AlreadyMember,
		"a user has one membership of a community", "one membership a user and community", "user_id", "community_id"),
	Rule{
		Name: "communitymember_one_owner", Table: "CommunityMember", Fields: []string{"role"},
		Code: apierror.OwnerExists, Says: "a community has at most one owner",
		Reason: "one person answers for a community and is paid for it",
	}.by(Unique{
		Columns: []string{"community_id"},
		Where:   Expr{Postgres: "((role)::text = 'owner'::text)", SQLite: "role = 'owner'"},
	}),
	counted("CommunityMember", "points", "points are collected, never owed"),
	counted("CommunityMember", "leaderboard_year", "it is a year of the calendar"),
	counted("CommunitySocialLink", "sort_order", "positions count from zero"),
	once("CommunityLike", "communitylike_user_id_community_id", apierror.AlreadyLiked,
		"a user likes a community once", "likes are counted", "user_id", "community_id"),
	once("CommunityBadgeDefinition", "communitybadgedefinition_community_id_code", apierror.AlreadyExists,
		"must not be the code of another badge of the community", "a code names one badge of a community", "community_id", "code"),
	once("CommunityMemberBadge", "communitymemberbadge_community_member_id_community_badge_id", apierror.AlreadyAwarded,
		"awarding twice is one award", "a badge is had or not", "community_member_id", "community_badge_id"),

	once("CommunityGroup", "communitygroup_community_id_name", apierror.NameTaken,
		"must not be the name of another tier of the community", "tiers are told apart by their names", "community_id", "name"),
	Rule{
		Name: "communitygroup_one_cadence", Table: "CommunityGroup", Fields: []string{"is_monthly", "is_yearly", "is_lifetime"},
		Code: apierror.InvalidCadence, Says: "at most one of is_monthly, is_yearly, is_lifetime may be true",
		Reason: "a tier is billed in one rhythm; that a paid one has exactly one depends on its prices",
	}.by(Check{
		Postgres: "(NOT ((is_monthly AND is_yearly) OR (is_monthly AND is_lifetime) OR (is_yearly AND is_lifetime)))",
		SQLite:   "NOT (is_monthly AND is_yearly OR is_monthly AND is_lifetime OR is_yearly AND is_lifetime)",
	}),
	amount("CommunityGroupPrice", "amount"),
	currency("CommunityGroupPrice"),
	once("CommunityGroupPrice", "communitygroupprice_community_group_id_currency", apierror.AlreadyExists,
		"a tier has one price in a currency", "one price a tier and currency", "community_group_id", "currency"),
	once("CommunityGroupAccess", "communitygroupaccess_user_id_community_id_community_group_id", apierror.AlreadySubscribed,
		"a user has one access to a tier", "one access a user and tier", "user_id", "community_id", "community_group_id"),
	within("CommunityGroupAccess", "communitygroupaccess_tier_of_community", apierror.OtherCommunity,
		"the tier must be one of the community", "an access to one community opens no other",
		"community_group_id", "community_id", "CommunityGroup"),

	Rule{
		Name: "communityfeedback_rating_range", Table: "CommunityFeedback", Fields: []string{"rating"},
		Code: apierror.InvalidValue, Says: "must be 1 to 5", Reason: "ratings are stars",
	}.by(Check{
		Postgres: "((rating >= 1) AND (rating <= 5))",
		SQLite:   "rating BETWEEN 1 AND 5",
	}),
	counted("CommunityFeedback", "rating", "the platform's own check, beside the stricter one"),
	once("CommunityFeedback", "communityfeedback_user_id_community_id", apierror.AlreadyRated,
		"a user rates a community once", "an average of ratings counts everybody once", "user_id", "community_id"),

	once("Forum", "forum_community_id_name", apierror.NameTaken,
		"must not be the name of another forum of the community", "forums are told apart by their names", "community_id", "name"),
	once("PostLike", "postlike_user_id_post_id", apierror.AlreadyLiked,
		"a user likes a post once", "likes are counted", "user_id", "post_id"),
	within("Post", "post_parent_in_forum", apierror.OtherForum,
		"a reply must be in the forum of its parent", "a reply is seen where its parent is",
		"parent_post_id", "forum_id", "Post"),
	within("PublicFeeds", "publicfeeds_parent_in_community", apierror.OtherCommunity,
		"a reply must be in the community of its parent", "a community answers for what is said under its posts",
		"parent_feed_id", "community_id", "PublicFeeds"),
	once("PublicFeedsLike", "publicfeedslike_user_id_public_feed_id", apierror.AlreadyLiked,
		"a user likes a post once", "likes are counted", "user_id", "public_feed_id"),

	once("CommunityBlogPost", "communityblogpost_community_id_slug", apierror.SlugTaken,
		"must not be the slug of another post of the community", "a slug names one post of a community", "community_id", "slug"),
	once("BlogPost", "blogpost_slug", apierror.SlugTaken, "must not be the slug of another post", "a slug names one post", "slug"),
	once("Tag", "tag_slug", apierror.SlugTaken, "must not be the slug of another tag", "a slug names one tag", "slug"),
	once("Tag", "tag_name", apierror.AlreadyExists, "must not be the name of another tag", "a name is one tag", "name"),

	handle("Classroom", "name"),
	once("Classroom", "classroom_community_id_name", apierror.NameTaken,
		"must not be the name of another classroom of the community", "a name stands for one classroom in URLs", "community_id", "name"),
	once("ClassroomContentCompletion", "classroomcontentcompletion_content_id_user_id", apierror.AlreadyCompleted,
		"a user completes a content once", "progress is counted", "content_id", "user_id"),
	once("ClassroomCertificate", "classroomcertificate_classroom_id_user_id", apierror.AlreadyAwarded,
		"a user has one certificate of a classroom", "completing the last content issues exactly one", "classroom_id", "user_id"),
	handle("Resource", "name"),
	once("Resource", "resource_community_id_name", apierror.NameTaken,
		"must not be the name of another resource of the community", "a name stands for one resource in URLs", "community_id", "name"),
	counted("ResourceContent", "order", "positions count from zero"),

	once("PollVote", "pollvote_poll_id_user_id", apierror.AlreadyVoted, "a user votes once in a poll",
		"one vote a person", "poll_id", "user_id"),
	within("PollVote", "pollvote_option_of_poll", apierror.OtherPoll, "the option must be one of the poll",
		"a vote counts in its own poll", "option_id", "poll_id", "PollOption"),

	counted("SimpleQuiz", "max_attempts", "zero stands for no limit"),
	Rule{
		Name: "simplequiz_no_limit_of_zero", Table: "SimpleQuiz", Fields: []string{"has_attempt_limit", "max_attempts"},
		Code: apierror.InvalidValue, Says: "must be false where max_attempts is 0, which means no limit",
		Reason: "a limit of no attempts would let nobody in",
	}.by(Check{
		Postgres: "(NOT (has_attempt_limit AND (max_attempts = 0)))",
		SQLite:   "NOT (has_attempt_limit AND max_attempts = 0)",
	}),
	Rule{
		Name: "simplequizsubmission_score_range", Table: "SimpleQuizSubmission", Fields: []string{"score"},
		Code: apierror.InvalidValue, Says: "must be a percentage, 0 to 100", Reason: "a score is the share of right answers",
	}.by(Check{
		Postgres: "((score >= (0)::numeric) AND (score <= (100)::numeric))",
		SQLite:   "score BETWEEN 0 AND 100",
	}),
	counted("SimpleQuizSubmission", "quiz_id_at_submit", "it was the id of a quiz"),
}
