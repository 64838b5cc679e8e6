//! Distances between points on the map.

use std::f64::consts::PI;

use crate::contract::types::Point;

/// Great-circle distance in kilometres (haversine), on a sphere of the Earth's mean radius; accurate to half a
/// percent.
pub fn distance_km(a: Point, b: Point) -> f64 {
    let radians = |degrees: f64| degrees * PI / 180.0;
    let (lat_a, lat_b) = (radians(a.latitude), radians(b.latitude));
    let half = |difference: f64| (difference / 2.0).sin().powi(2);
    let chord = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(radians(b.longitude - a.longitude));
    2.0 * 6371.0 * chord.sqrt().min(1.0).asin()
}
