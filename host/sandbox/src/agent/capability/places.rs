//! The capability `places`: a gazetteer (places by name), and the distance between points.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{
    contract::types::{Place, Point},
    place::distance_km,
};
use switchboard_understand::places::find;

impl interface::places::Host for State {
    async fn find(&mut self, text: String) -> wasmtime::Result<Vec<Place>> {
        let call = self.enter("places.find")?;
        let found = find(&text);
        self.tell(call, &[text], found)
    }

    async fn distance_km(&mut self, a: Point, b: Point) -> wasmtime::Result<f64> {
        let call = self.enter("places.distance-km")?;
        self.tell(call, &(a, b), distance_km(a, b))
    }
}
