package privacytest

import (
	"github.com/communitybuilder/communitybuilder/ent/classroomattachment"
	"github.com/communitybuilder/communitybuilder/ent/meetingseries"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"

	"github.com/shopspring/decimal"
)

// What is learnt, shared and met for. Rows that aren't said to be for all members
// are for those whom the tier lets in.
var learning = []line{
	// classroom
	{"Classroom", gated, creates{{who: moderators, set: set{"CommunityID": ref("Community"), "Name": "new", "Title": "New"}}},
		updates{{"Title", "renamed", moderators}, {"IsPublished", false, moderators}}, managers},
	{row: "Classroom, for all members", read: members},
	{row: "Classroom, unpublished", read: moderators, updates: updates{{"IsPublished", true, moderators}}, delete: managers},
	{"ClassroomContent", gated, creates{{who: moderators, set: set{"ClassroomID": ref("Classroom"), "Title": "new", "ContentURL": "https://example.com", "Order": 9}}},
		updates{{"Title", "renamed", moderators}}, moderators},
	{row: "ClassroomContent, second", read: gated},
	{row: "ClassroomContent, hidden", read: moderators, updates: updates{{"IsActive", true, moderators}}, delete: moderators},
	{row: "ClassroomContent, locked", read: members},
	{"ClassroomAttachment", gated, creates{{who: moderators, set: set{
		"ContentID": ref("ClassroomContent"), "FileURL": "https://example.com", "FileType": classroomattachment.FileTypePdf,
	}}}, updates{{"Description", "new", moderators}}, moderators},
	{row: "ClassroomAttachment, locked", read: moderators},
	// Self has completed what comes before.
	{row: "ClassroomContent, unlocked", read: members},
	{row: "ClassroomContent, last", read: members},
	{row: "ClassroomAttachment, unlocked", read: self | moderators},
	{"ClassroomContentCompletion", self | moderators, creates{
		{who: gated, set: set{"ContentID": ref("ClassroomContent, second"), "UserID": asker}},
		{who: moderators, set: set{"ContentID": ref("ClassroomContent, locked"), "UserID": asker}},
		{who: self | moderators, set: set{"ContentID": ref("ClassroomContent, unlocked"), "UserID": asker}},
		{who: moderators, set: set{"ContentID": ref("ClassroomContent, last"), "UserID": asker}},
	}, nil, me},
	{"ClassroomCertificate", self | moderators, creates{{who: system, set: set{"ClassroomID": ref("Classroom"), "UserID": asker}}},
		updates{{"CertificateURL", "https://example.com", system}}, system},
	{"ClassroomGroup", gated, creates{{who: moderators, set: set{"ClassroomID": ref("Classroom"), "CommunityGroupID": ref("CommunityGroup, free")}}}, nil, moderators},

	// resource
	{"Resource", gated, creates{{who: moderators, set: set{"CommunityID": ref("Community"), "Name": "new", "FriendlyName": "New"}}},
		updates{{"FriendlyName", "renamed", moderators}}, moderators},
	{row: "Resource, for all members", read: members},
	{row: "Resource, hidden", read: moderators, updates: updates{{"IsActive", true, moderators}}, delete: moderators},
	{"ResourceContent", gated, creates{{who: moderators, set: set{
		"ResourceID": ref("Resource"), "ContentType": "pdf", "FileURL": "https://example.com", "Title": "new", "Order": 9,
	}}}, updates{{"Title", "renamed", moderators}}, moderators},
	{row: "ResourceContent, hidden", read: moderators, updates: updates{{"IsActive", true, moderators}}, delete: moderators},
	{"ResourceGroup", gated, creates{{who: moderators, set: set{"ResourceID": ref("Resource"), "CommunityGroupID": ref("CommunityGroup, free")}}}, nil, moderators},

	// quiz
	{"Quiz", gated, creates{{who: moderators, set: set{"CommunityID": ref("Community"), "Title": "new", "QuizData": "{}"}}},
		updates{{"Title", "renamed", moderators}, {"QuizData", "{}", moderators}}, moderators},
	{row: "Quiz, for all members", read: members},
	{"QuizGroup", gated, creates{{who: moderators, set: set{"QuizID": ref("Quiz"), "CommunityGroupID": ref("CommunityGroup, free")}}}, nil, moderators},
	{"QuizSubmission", self | moderators, creates{
		{who: gated, set: set{"QuizID": ref("Quiz"), "CommunityID": ref("Community"), "UserID": asker, "SubmissionData": "{}"}},
		{who: system, set: set{"QuizID": ref("Quiz"), "CommunityID": ref("Community"), "UserID": asker, "SubmissionData": "{}", "Score": decimal.New(100, 0)}},
		{who: system, set: set{"QuizID": ref("Quiz"), "CommunityID": ref("Community"), "UserID": asker, "SubmissionData": "{}", "TotalQuestions": 3, "CorrectAnswers": 3}},
	}, updates{{"SubmissionData", "{}", nobody}, {"Score", decimal.New(100, 0), nobody}}, nobody},

	// polls
	{"Poll", gated, creates{{who: moderators, set: set{"CommunityID": ref("Community"), "Title": "new"}}}, updates{{"Title", "renamed", moderators}}, moderators},
	{row: "Poll, second", read: gated},
	{row: "Poll, for all members", read: members},
	{"PollOption", gated, creates{{who: moderators, set: set{"PollID": ref("Poll"), "Text": "new", "Order": 9}}}, updates{{"Text", "renamed", moderators}}, moderators},
	{row: "PollOption, of the second", read: gated},
	{"PollVote", self | moderators, creates{
		{who: gated, set: set{"PollID": ref("Poll, second"), "OptionID": ref("PollOption, of the second"), "UserID": asker}},
		{who: tiered | staff, set: set{"PollID": ref("Poll, second"), "OptionID": ref("PollOption, of the second"), "UserID": ref("User, tiered")}},
	}, updates{{"OptionID", ref("PollOption, second"), me}}, me},
	{row: "PollOption, second", read: gated},
	{"PollGroup", gated, creates{{who: moderators, set: set{"PollID": ref("Poll"), "CommunityGroupID": ref("CommunityGroup, free")}}}, nil, moderators},

	// meetings: self has called the gated ones
	{"Meeting", gated, creates{{who: moderators, set: set{
		"CommunityID": ref("Community"), "CreatedByID": asker, "Title": "new", "StartDatetime": soon, "EndDatetime": soon.AddDate(0, 0, 1),
	}}}, updates{{"Title", "renamed", self | moderators}}, self | moderators},
	{row: "Meeting, for all members", read: members},
	{row: "Meeting, invited", read: gated | tierless, updates: updates{{"Title", "renamed", moderators}}, delete: moderators},
	{"MeetingAttendee", gated | tierless, creates{
		{who: moderators, set: set{"MeetingID": ref("Meeting, invited"), "UserID": ref("User, contributor")}},
		{who: self | moderators, set: set{"MeetingID": ref("Meeting"), "UserID": ref("User, contributor")}},
	}, nil, self | moderators},
	{row: "MeetingAttendee, tierless", read: gated | tierless, delete: tierless | moderators},
	{"MeetingGroup", gated, creates{{who: self | moderators, set: set{"MeetingID": ref("Meeting"), "CommunityGroupID": ref("CommunityGroup, free")}}}, nil, self | moderators},
	{"MeetingSeries", gated, creates{{who: moderators, set: set{
		"CommunityID": ref("Community"), "CreatedByID": asker, "Title": "new", "TimeZone": "Africa/Lagos",
		"RecurrenceFrequency": meetingseries.RecurrenceFrequencyDaily, "WeeklyDays": schematype.Weekdays{},
	}}}, updates{{"Title", "renamed", self | moderators}}, self | moderators},
	{row: "MeetingSeries, for all members", read: members},
	{row: "MeetingSeries, invited", read: gated | tierless, updates: updates{{"Title", "renamed", moderators}}, delete: moderators},
	{"MeetingSeriesAttendee", gated | tierless, creates{
		{who: moderators, set: set{"SeriesID": ref("MeetingSeries, invited"), "UserID": ref("User, contributor")}},
		{who: self | moderators, set: set{"SeriesID": ref("MeetingSeries"), "UserID": ref("User, contributor")}},
	}, nil, self | moderators},
	{"MeetingSeriesGroup", gated, creates{{who: self | moderators, set: set{"SeriesID": ref("MeetingSeries"), "CommunityGroupID": ref("CommunityGroup, free")}}}, nil, self | moderators},
}
