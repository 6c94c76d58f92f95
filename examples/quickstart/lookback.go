package main

import (
	"context"
	"fmt"
	"io"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/classroom"
	"github.com/communitybuilder/communitybuilder/ent/classroomcontent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupprice"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
)

// lookBack asks three questions. Each is one query, and one statement for each
// edge that it loads.
func lookBack(ctx context.Context, out io.Writer, client *ent.Client, d *day) error {
	fmt.Fprintln(out)
	for _, question := range []func(context.Context, io.Writer, *ent.Client, *day) error{threads, course, circle} {
		if err := question(ctx, out, client, d); err != nil {
			return err
		}
	}
	return nil
}

// threads: what do people talk about, and who likes it?
func threads(ctx context.Context, out io.Writer, client *ent.Client, d *day) error {
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

// course: what does the course hold, whom is it for, and at which price?
func course(ctx context.Context, out io.Writer, client *ent.Client, d *day) error {
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

// circle: who takes part in the savings circle, and what is owed?
func circle(ctx context.Context, out io.Writer, client *ent.Client, d *day) error {
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

// name is a person's user name; a column that may be NULL is a pointer.
func name(u *ent.User) string {
	if u == nil || u.Username == nil {
		return "somebody"
	}
	return *u.Username
}
