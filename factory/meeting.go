package factory

import (
	"context"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/meeting"
	"github.com/communitybuilder/communitybuilder/ent/meetingseries"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

func communityOfMeeting(m *ent.Meeting) int64 { return m.CommunityID }

func communityOfMeetingSeries(s *ent.MeetingSeries) int64 { return s.CommunityID }

// Meeting makes a meeting of an hour, a week ahead, called by a moderator. In a
// series it is the next occurrence.
func (f *Factory) Meeting(ctx context.Context, with ...func(*ent.MeetingCreate)) (*ent.Meeting, error) {
	c := f.client.Meeting.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title())
	apply(c, with)
	follow(m.CommunityID, c.SetCommunityID, via(b, m.SeriesID, f.client.MeetingSeries.Get, communityOfMeetingSeries))
	if series, ok := m.SeriesID(); ok && !has(m.SeriesSequence) {
		c.SetSeriesSequence(1 + ask(b, f.client.Meeting.Query().Where(meeting.SeriesID(series)).Count))
	}
	if end, ok := m.EndDatetime(); ok {
		fill(m.StartDatetime, c.SetStartDatetime, end.Add(-time.Hour))
	}
	fill(m.StartDatetime, c.SetStartDatetime, b.at.AddDate(0, 0, 7).Truncate(time.Hour))
	start, _ := m.StartDatetime()
	fill(m.EndDatetime, c.SetEndDatetime, start.Add(time.Hour))
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.CreatedByID, c.SetCreator, m.CommunityID, communitymember.RoleModerator)
	return save(b, c.Save)
}

// MeetingAttendee invites a member to a meeting.
func (f *Factory) MeetingAttendee(ctx context.Context, with ...func(*ent.MeetingAttendeeCreate)) (*ent.MeetingAttendee, error) {
	c := f.client.MeetingAttendee.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.MeetingID, c.SetMeeting, f.Meeting)
	member(b, f, m.UserID, c.SetUser, via(b, m.MeetingID, f.client.Meeting.Get, communityOfMeeting), communitymember.RoleMember)
	return save(b, c.Save)
}

// MeetingSeries makes a series without occurrences: every Monday, without end.
// An override may name any other recurrence; the end's type follows from the end
// that is set, and the end from its type.
func (f *Factory) MeetingSeries(ctx context.Context, with ...func(*ent.MeetingSeriesCreate)) (*ent.MeetingSeries, error) {
	c := f.client.MeetingSeries.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title()).SetTimeZone("Africa/Lagos")
	apply(c, with)

	fill(m.RecurrenceFrequency, c.SetRecurrenceFrequency, meetingseries.RecurrenceFrequencyWeekly)
	days := schematype.Weekdays{}
	if is(m.RecurrenceFrequency, meetingseries.RecurrenceFrequencyWeekly) {
		days = schematype.Weekdays{schematype.Monday}
	}
	fill(m.WeeklyDays, c.SetWeeklyDays, days)

	if !has(m.RecurrenceEndType) {
		switch {
		case has(m.RecurrenceEndDate):
			c.SetRecurrenceEndType(meetingseries.RecurrenceEndTypeOnDate)
		case has(m.OccurrenceCount):
			c.SetRecurrenceEndType(meetingseries.RecurrenceEndTypeAfterCount)
		}
	}
	if is(m.RecurrenceEndType, meetingseries.RecurrenceEndTypeOnDate) {
		fill(m.RecurrenceEndDate, c.SetRecurrenceEndDate, schematype.DateOf(b.at.AddDate(1, 0, 0)))
	}
	if is(m.RecurrenceEndType, meetingseries.RecurrenceEndTypeAfterCount) {
		fill(m.OccurrenceCount, c.SetOccurrenceCount, 10)
	}
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.CreatedByID, c.SetCreator, m.CommunityID, communitymember.RoleModerator)
	return save(b, c.Save)
}

// MeetingSeriesAttendee invites a member to every meeting of a series.
func (f *Factory) MeetingSeriesAttendee(ctx context.Context, with ...func(*ent.MeetingSeriesAttendeeCreate)) (*ent.MeetingSeriesAttendee, error) {
	c := f.client.MeetingSeriesAttendee.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.SeriesID, c.SetSeries, f.MeetingSeries)
	member(b, f, m.UserID, c.SetUser, via(b, m.SeriesID, f.client.MeetingSeries.Get, communityOfMeetingSeries), communitymember.RoleMember)
	return save(b, c.Save)
}
