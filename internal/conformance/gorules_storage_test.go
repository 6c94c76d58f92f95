package conformance

import (
	"errors"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/storageusage"
	"github.com/communitybuilder/communitybuilder/factory"
)

// gb is the largest size that a tier of one GB has room for.
const gb = 1_000_000_000

func TestStorageOfAnOwner(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client, factory.Start(time.Now()))
		limited := factory.Must(ctx, t, f.AppSubscriptionTier, func(c *ent.AppSubscriptionTierCreate) { c.SetStorageLimitGB(1) })
		unlimited := factory.Must(ctx, t, f.AppSubscriptionTier)
		subscribed := func(tier *ent.AppSubscriptionTier, with ...func(*ent.AppSubscriptionCreate)) int64 {
			return factory.Must(ctx, t, f.AppSubscription, append(with, func(c *ent.AppSubscriptionCreate) { c.SetTier(tier) })...).UserID
		}
		n := 0
		file := func(owner, size int64) *ent.StorageUsageCreate {
			n++
			return c.StorageUsage.Create().SetOwnerID(owner).SetFilePath("file-" + string(rune('a'+n))).SetFileSize(size)
		}
		owner := subscribed(limited)
		full := file(owner, gb-10).SaveX(ctx)
		wantCode(t, "too much together", c.StorageUsage.CreateBulk(file(owner, 5), file(owner, 6)).Exec(ctx), apierror.StorageFull)
		wantCode(t, "just enough together", c.StorageUsage.CreateBulk(file(owner, 5), file(owner, 5)).Exec(ctx), nil)
		wantCode(t, "nothing more", file(owner, 1).Exec(ctx), apierror.StorageFull)
		wantCode(t, "nothing at all", file(owner, 0).Exec(ctx), nil)
		wantCode(t, "larger", c.StorageUsage.UpdateOne(full).AddFileSize(1).Exec(ctx), apierror.StorageFull)
		wantCode(t, "all larger", c.StorageUsage.Update().Where(storageusage.OwnerID(owner)).AddFileSize(1).Exec(ctx), apierror.StorageFull)
		wantCode(t, "smaller", c.StorageUsage.UpdateOne(full).AddFileSize(-5).Exec(ctx), nil)
		wantCode(t, "what it gave back", file(owner, 5).Exec(ctx), nil)
		c.StorageUsage.DeleteOne(full).ExecX(ctx)
		wantCode(t, "what a deleted one gave back", file(owner, gb-20).Exec(ctx), nil)
		wantCode(t, "another owner's", file(subscribed(limited), gb).Exec(ctx), nil)

		wantCode(t, "no limit", file(subscribed(unlimited), 1<<62).Exec(ctx), nil)
		nobody := factory.Must(ctx, t, f.User).ID
		wantCode(t, "no tier", file(nobody, 2*gb).Exec(ctx), nil)
		free := factory.Must(ctx, t, f.AppSubscriptionTier, func(c *ent.AppSubscriptionTierCreate) {
			c.SetTierName("free_hobby").SetStorageLimitGB(2)
		})
		wantCode(t, "the free tier", file(nobody, 1).Exec(ctx), apierror.StorageFull)
		ended := subscribed(unlimited, func(c *ent.AppSubscriptionCreate) { c.SetExpiresAt(time.Now().Add(-time.Hour)) })
		wantCode(t, "the free tier after another", file(ended, 2*gb+1).Exec(ctx), apierror.StorageFull)
		factory.Must(ctx, t, f.AppSubscription, func(c *ent.AppSubscriptionCreate) { c.SetTier(limited).SetUserID(ended) })
		wantCode(t, "the smaller one", file(ended, gb+1).Exec(ctx), apierror.StorageFull)
		factory.Must(ctx, t, f.AppSubscription, func(c *ent.AppSubscriptionCreate) { c.SetTier(free).SetUserID(ended) })
		wantCode(t, "the larger of two", file(ended, gb+1).Exec(ctx), nil)

		// A limit that was lowered keeps nothing from being made smaller, or moved.
		c.AppSubscriptionTier.UpdateOne(limited).SetStorageLimitGB(0).ExecX(ctx)
		row := c.StorageUsage.Query().Where(storageusage.OwnerID(owner)).Order(ent.Desc("file_size")).FirstX(ctx)
		wantCode(t, "smaller, past the limit", row.Update().AddFileSize(-1).Exec(ctx), nil)
		wantCode(t, "moved, past the limit", row.Update().SetFilePath("elsewhere").Exec(ctx), nil)
		wantCode(t, "larger, past the limit", row.Update().AddFileSize(1).Exec(ctx), apierror.StorageFull)

		wantCode(t, "twice at once", c.StorageUsage.CreateBulk(
			c.StorageUsage.Create().SetOwnerID(nobody).SetFilePath("same").SetFileSize(0),
			c.StorageUsage.Create().SetOwnerID(nobody).SetFilePath("same").SetFileSize(0)).Exec(ctx), apierror.AlreadyExists)
		wantCode(t, "all to one place", c.StorageUsage.Update().Where(storageusage.OwnerID(owner)).SetFilePath("one place").Exec(ctx), apierror.AlreadyExists)
		wantCode(t, "one's own place", row.Update().SetFilePath("elsewhere").Exec(ctx), nil)
		var invalid *ent.ValidationError
		if err := row.Update().SetFilePath("a\x00b").Exec(ctx); !errors.As(err, &invalid) || invalid.Name != "file_path" {
			t.Errorf("a path that no database keeps: %v", err)
		}
	})
}
