package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/classroom"
	"github.com/communitybuilder/communitybuilder/ent/classroomcontent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupprice"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
)

// lookBack asks four questions, each as one of the people. Each of the first three
// is one query, and one statement for each edge that it loads; what somebody may not
// see is no part of the answer.
func (d *day) lookBack(ctx context.Context, out io.Writer, client *ent.Client) error {
	fmt.Fprintln(out)
	for _, q := range []struct {
		who string
		ask func(context.Context, io.Writer, *ent.Client) error
	}{{"weaver", d.threads}, {"tailor", d.lessons}, {"farmer", d.contributions}, {"farmer", d.notTheirs}} {
		if err := q.ask(d.as(ctx, q.who), out, client); err != nil {
			return err
		}
	}
	return nil
}

// threads: what do people talk about, and who likes it?
func (d *day) threads(ctx context.Context, out io.Writer, client *ent.Client) error {
	posts, err := client.Post.Query().
		Where(
			post.HasForumWith(forum.CommunityID(d.community.ID)),
			post.ParentPostIDIsNil(),
		).
		Order(post.ByCreatedAt(), post.ByID()).
		WithAuthor().
		WithReplies(func(q *ent.PostQuery) {
			q.Order(post.ByCreatedAt(), post.ByID()).WithAuthor().WithLikes()
		}).
		All(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Threads")
	for _, p := range posts {
		fmt.Fprintf(out, "  %s: %s\n", name(p.Edges.Author), p.Message)
		for _, r := range p.Edges.Replies {
			fmt.Fprintf(out, "    %s: %s  ♥ %d\n", name(r.Edges.Author), r.Message, len(r.Edges.Likes))
		}
	}
	return nil
}

// lessons: what does the course hold, whom is it for, and at which price?
func (d *day) lessons(ctx context.Context, out io.Writer, client *ent.Client) error {
	c, err := client.Classroom.Query().
		Where(classroom.ID(d.course.ID)).
		WithContents(func(q *ent.ClassroomContentQuery) { q.Order(classroomcontent.ByOrder()) }).
		WithCommunityGroups(func(q *ent.CommunityGroupQuery) {
			q.WithPrices(func(q *ent.CommunityGroupPriceQuery) { q.Order(communitygroupprice.ByCurrency()) })
		}).
		Only(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nCourse: %s\n", c.Title)
	for _, lesson := range c.Edges.Contents {
		fmt.Fprintf(out, "  %d. %s\n", lesson.Order, lesson.Title)
	}
	for _, tier := range c.Edges.CommunityGroups {
		fmt.Fprintf(out, "  for %s:", tier.Name)
		for _, p := range tier.Edges.Prices {
			fmt.Fprintf(out, " %s %s", p.Amount.StringFixed(2), p.Currency)
		}
		fmt.Fprintln(out)
	}
	return nil
}

// contributions: who takes part in the savings circle, and what is owed?
func (d *day) contributions(ctx context.Context, out io.Writer, client *ent.Client) error {
	people, err := client.WheelParticipant.Query().
		Where(wheelparticipant.WheelID(d.circle.ID)).
		Order(wheelparticipant.ByOrder()).
		WithUser().
		WithHandoffsReceived(func(q *ent.WheelHandoffQuery) {
			q.Order(wheelhandoff.ByID()).WithGiver(func(q *ent.WheelParticipantQuery) { q.WithUser() })
		}).
		All(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "\nSavings circle")
	for _, p := range people {
		fmt.Fprintf(out, "  %d. %s\n", p.Order, name(p.Edges.User))
		for _, h := range p.Edges.HandoffsReceived {
			fmt.Fprintf(out, "       from %s: %s\n", name(h.Edges.Giver.Edges.User), h.Status)
		}
	}
	return nil
}

// notTheirs: what is there that the farmer, who is a member and no patron, can't see
// or do?
func (d *day) notTheirs(ctx context.Context, out io.Writer, client *ent.Client) error {
	fmt.Fprintln(out, "\nAs the farmer sees it")
	// A row that somebody may not see is not there.
	if _, err := client.Classroom.Get(ctx, d.course.ID); !ent.IsNotFound(err) {
		return fmt.Errorf("the course is for patrons: %w", err)
	}
	fmt.Fprintln(out, "  no course")
	payments, err := client.PaymentTransaction.Query().Count(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  %d payments\n", payments)
	// Of a person they see the name; the address is that person's own.
	tailor, err := client.User.Get(ctx, d.people["tailor"].ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  %s, e-mail %q\n", name(tailor), tailor.Email)
	// What somebody sees and may not change is forbidden.
	err = client.Community.UpdateOne(d.community).SetName("Farm Street").Exec(ctx)
	if !errors.Is(err, cb.ErrForbidden) {
		return fmt.Errorf("the name is for managers to change: %w", err)
	}
	fmt.Fprintln(out, "  another name for the community:", err)
	return nil
}

// name is a person's user name; a column that may be NULL is a pointer.
func name(u *ent.User) string {
	if u == nil || u.Username == nil {
		return "somebody"
	}
	return *u.Username
}
