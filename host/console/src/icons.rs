//! Icons, drawn in the page: those of Lucide, from the crate `icondata_lu`.

use std::fmt;

use askama::filters::HtmlSafe;
use icondata_core::IconData;

/// An icon as SVG in the page. It is hidden from screen readers: a word stands beside it.
#[derive(Clone, Copy, Debug)]
pub struct Icon(&'static IconData);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = self.0.view_box.unwrap_or("0 0 24 24");
        write!(f, r#"<svg class="i" viewBox="{view}" aria-hidden="true">{}</svg>"#, self.0.data)
    }
}

impl HtmlSafe for Icon {}

macro_rules! icons {
    ($($name:literal $icon:ident)*) => {
        /// The icon of a name, as Lucide has it; a question mark if the console has none of that name.
        pub fn icon(name: &str) -> Icon {
            Icon(match name {
                $($name => icondata_lu::$icon,)*
                _ => icondata_lu::LuCircleHelp,
            })
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];
    };
}

icons! {
    "arrow-left" LuArrowLeft
    "blocks" LuBlocks
    "bot" LuBot
    "check" LuCheck
    "check-check" LuCheckCheck
    "chevron-right" LuChevronRight
    "circle-alert" LuCircleAlert
    "circle-check" LuCircleCheck
    "circle-x" LuCircleX
    "clock" LuClock
    "database" LuDatabase
    "download" LuDownload
    "ellipsis" LuEllipsis
    "equal" LuEqual
    "eraser" LuEraser
    "eye" LuEye
    "gauge" LuGauge
    "git-branch" LuGitBranch
    "git-compare" LuGitCompareArrows
    "hand" LuHand
    "hourglass" LuHourglass
    "image" LuImage
    "inbox" LuInbox
    "info" LuInfo
    "languages" LuLanguages
    "list-tree" LuListTree
    "log-out" LuLogOut
    "map-pin" LuMapPin
    "message-square-text" LuMessageSquareText
    "messages-square" LuMessagesSquare
    "mic" LuMic
    "paperclip" LuPaperclip
    "pause" LuPause
    "pin" LuPin
    "play" LuPlay
    "plug-zap" LuPlugZap
    "refresh-cw" LuRefreshCw
    "route" LuRoute
    "scroll-text" LuScrollText
    "search" LuSearch
    "send" LuSend
    "server" LuServer
    "settings" LuSettings
    "shield" LuShield
    "smartphone" LuSmartphone
    "step-forward" LuStepForward
    "stethoscope" LuStethoscope
    "sticky-note" LuStickyNote
    "sun-moon" LuSunMoon
    "trash" LuTrash2
    "triangle-alert" LuTriangleAlert
    "undo" LuUndo2
    "upload" LuUpload
    "user" LuUser
    "user-search" LuUserSearch
    "users" LuUsers
    "workflow" LuWorkflow
    "x" LuX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_svg_without_script_or_style() {
        for name in NAMES {
            let drawn = icon(name).to_string();
            assert!(drawn.starts_with("<svg class=\"i\"") && drawn.ends_with("</svg>"), "{name}: {drawn}");
            assert!(!drawn.contains("style") && !drawn.contains("script"), "{name}: {drawn}");
        }
    }
}
