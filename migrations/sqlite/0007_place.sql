-- Where listings are, for searches around a place: an R*Tree, kept by triggers.

create virtual table listing_place using rtree (listing, lat_min, lat_max, lng_min, lng_max);

insert into listing_place (listing, lat_min, lat_max, lng_min, lng_max)
select rowid, lat, lat, lng, lng from unified_listings where lat is not null and lng is not null;

create trigger listing_place_insert after insert on unified_listings when new.lat is not null and new.lng is not null
begin
    insert into listing_place values (new.rowid, new.lat, new.lat, new.lng, new.lng);
end;

create trigger listing_place_update after update of lat, lng on unified_listings
when old.lat is not new.lat or old.lng is not new.lng
begin
    delete from listing_place where listing = old.rowid;
    insert into listing_place select new.rowid, new.lat, new.lat, new.lng, new.lng where new.lat is not null and new.lng is not null;
end;

create trigger listing_place_delete after delete on unified_listings
begin
    delete from listing_place where listing = old.rowid;
end;

-- Listings of no place are near everywhere.
create index unified_listings_nowhere on unified_listings (domain) where lat is null and status = 'active';
drop index unified_listings_place;
create index unified_listings_newest on unified_listings (domain, created_at) where status = 'active';
